import { isIP } from 'node:net';

/**
 * The name for TLS server name indication. RFC 6066 section 3 allows no addresses there; Node then checks the server's
 * certificate against the address itself.
 */
export const serverNameOf = (host: string): string => (isIP(host) === 0 ? host : '');
