import { type Duplex, PassThrough } from 'node:stream';
import { connect, type SecureContextOptions } from 'node:tls';
import { PacketStream } from '../../base/packet-stream.ts';
import { serverNameOf } from '../../base/server-name.ts';
import { createClientPackets } from '../../protocol/mqtt/client-packets.ts';
import type { LinkHandlers } from '../ports.ts';
import { ofCredentials, ofError, type Seen } from './observe.ts';
import { serverFromMs } from './server-dates.ts';
import type { SessionSlot } from './tls-sessions.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Protocol names to negotiate (ALPN, RFC 7301); empty: none. */
  readonly alpn: readonly string[];
}

/** AWS IoT Core serves MQTT with client certificates at port 443 too, to clients that negotiate this name. */
export const alpnOf = (port: number): string[] => (port === 443 ? ['x-amzn-mqtt-ca'] : []);

/**
 * Of the suites that AWS IoT Core serves those of TLS 1.3, and of TLS 1.2 those with forward secrecy and AEAD, for both
 * kinds of server keys. AWS Device Advisor warns about every other suite that a device offers.
 */
export const cipherSuites = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
] as const;

/**
 * A TLS connection to the broker. It reports its stages and its first failure to `seen`, and passes on whole MQTT
 * packets only. It never throws: credentials that TLS rejects are an observation on a stream that ends at once.
 */
export function openTls(
  { host, port, alpn }: Endpoint,
  credentials: SecureContextOptions,
  seen: Seen,
  slot: SessionSlot,
  skipped: LinkHandlers['skipped'],
): Duplex {
  try {
    const socket = connect({
      host,
      port,
      servername: serverNameOf(host),
      minVersion: 'TLSv1.2',
      ciphers: cipherSuites.join(':'),
      ...(alpn.length > 0 && { ALPNProtocols: [...alpn] }),
      ...(slot.session && { session: slot.session }),
      ...credentials,
    });
    const reached = (event: string, next: Seen['stage']) =>
      socket.once(event, () => {
        seen.stage = next;
      });
    reached('lookup', 'tcp');
    reached('connect', 'tls');
    reached('secureConnect', 'connack');
    socket.once('error', (error) => {
      seen.fault ??= ofError(error, seen);
    });
    // Before TLS.js destroys a socket because of its server: afterwards the certificate is no longer available.
    socket.prependOnceListener('secure', () => {
      const fromMs = serverFromMs(socket, host, String(credentials.ca));
      if (fromMs !== undefined) seen.serverFromMs = fromMs;
    });
    socket.on('session', (session: Buffer) => slot.offer(session));
    return new PacketStream(socket, createClientPackets(skipped));
  } catch (error) {
    seen.fault ??= ofCredentials(error);
    const broken = new PassThrough();
    setImmediate(() => broken.destroy());
    return broken;
  }
}
