import type { X509Certificate } from 'node:crypto';
import type { Server, TLSSocket } from 'node:tls';
import { ConnectionDrop } from '../base/connections/guard.ts';
import { codeOf, explain } from '../base/errors.ts';
import { issuerId } from '../base/x509/certificates.ts';
import type { ConnectionRefusalCode } from './refusal-causes.ts';

/** A connection that TLS itself refused. */
export interface TlsRefusal {
  readonly code: ConnectionRefusalCode;
  /** What the runtime said. */
  readonly detail: string;
  readonly address?: string;
  /** The client's, when it showed one. It has proved that it holds the key, and nothing else. */
  readonly certificate?: X509Certificate;
}

/**
 * Tells the exact cause of every refused handshake.
 *
 * The server destroys a refused socket before anybody hears of it: certificate and address are gone by then, only the
 * verification's error is left. So both are read as soon as they are there. The event `keylog` is the first that names
 * the socket of a handshake; its key material is not looked at.
 */
export function watchTlsRefusals(
  server: Server,
  authorities: readonly X509Certificate[],
  hear: (refusal: TlsRefusal) => void,
): void {
  const seen = new WeakMap<TLSSocket, Shown>();
  server.on('keylog', (_line, socket) => {
    if (seen.has(socket)) return;
    const known = addressOf(socket);
    seen.set(socket, known);
    // Before the server's own listener, which judges and destroys.
    socket.prependOnceListener('secure', () => {
      const certificate = socket.getPeerX509Certificate();
      if (certificate !== undefined) seen.set(socket, { ...known, certificate });
    });
  });
  server.on('tlsClientError', (error, socket) => {
    // Counted by whoever closed it.
    if (error instanceof ConnectionDrop) return;
    const known = seen.get(socket) ?? addressOf(socket);
    // It stands there as a string, whatever its type says.
    const verdict: unknown = socket.authorizationError;
    const detail = typeof verdict === 'string' ? verdict : codeOf(error);
    hear({
      ...known,
      code: causeOf(detail, known.certificate, authorities),
      detail: detail === 'unknown' ? explain(error) : detail,
    });
  });
}

type Shown = Pick<TlsRefusal, 'address' | 'certificate'>;

const addressOf = ({ remoteAddress: address }: TLSSocket): Shown =>
  address === undefined ? {} : { address };

/** OpenSSL's verification errors by their names in the runtime, and what the handshake itself says. */
const diagnoses: Readonly<Record<string, ConnectionRefusalCode>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-ca',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-ca',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'unknown-ca',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-ca',
  CERT_SIGNATURE_FAILURE: 'unknown-ca',
  INVALID_PURPOSE: 'wrong-purpose',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'no-certificate',
};

function causeOf(
  detail: string,
  certificate: X509Certificate | undefined,
  authorities: readonly X509Certificate[],
): ConnectionRefusalCode {
  const cause = diagnoses[detail] ?? (certificate ? 'certificate-not-valid' : 'tls-failed');
  // Of several errors the last one is told: a stranger's expired certificate calls itself expired.
  const isStranger = certificate !== undefined && !isIssued(certificate, authorities);
  return isStranger ? 'unknown-ca' : cause;
}

/** Whether the chain, as far as it was shown, leads to one of the authorities. */
function isIssued(leaf: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  let link: X509Certificate | undefined = leaf;
  for (let depth = 0; link !== undefined && depth < 4; depth++) {
    if (issuerId(link, authorities) !== undefined) return true;
    const above: X509Certificate | undefined = link.issuerCertificate;
    link = above && link.checkIssued(above) && link.verify(above.publicKey) ? above : undefined;
  }
  return false;
}
