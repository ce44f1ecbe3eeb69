import type { X509Certificate } from 'node:crypto';
import type { Server, TLSSocket } from 'node:tls';
import { ConnectionDrop } from '../base/connections/guard.ts';
import { codeOf, explain } from '../base/errors.ts';
import { certificateFacts, commonName, issuerId } from '../base/x509/certificates.ts';
import { sentBy } from './peer.ts';
import type { ConnectionRefusal, ConnectionRefusalCode } from './refusal-causes.ts';

/** A connection that TLS itself refused. */
export interface TlsRefusal {
  readonly code: ConnectionRefusalCode;
  /** The error that the runtime reported. */
  readonly detail: string;
  readonly address?: string;
  /** The client's certificate, when it sent one. The client has proved that it holds the key, and nothing else. */
  readonly certificate?: X509Certificate;
}

/** The refusal with the facts of the certificate, if the client sent one. */
export function refusalFacts({ certificate, ...refusal }: TlsRefusal): ConnectionRefusal {
  if (certificate === undefined) return refusal;
  const { certificateId, issuer } = certificateFacts(certificate);
  return { ...refusal, certificateId, issuer, commonName: commonName(certificate) ?? '' };
}

/**
 * Reports the exact cause of every refused handshake.
 *
 * The server destroys a refused socket before any listener is called. By then certificate and address are no longer
 * available, only the verification's error. So both are read as soon as they are available. The event `keylog` is the
 * first that names the socket of a handshake; its key material is not used.
 */
export function watchTlsRefusals(
  server: Server,
  authorities: () => readonly X509Certificate[],
  report: (refusal: TlsRefusal) => void,
): void {
  const seen = new WeakMap<TLSSocket, Shown>();
  server.on('keylog', (_line, socket) => {
    if (seen.has(socket)) return;
    const known = addressOf(socket);
    seen.set(socket, known);
    // Runs before the server's own listener, which checks and destroys the socket.
    socket.prependOnceListener('secure', () => {
      const certificate = sentBy(socket);
      if (certificate !== undefined) seen.set(socket, { ...known, certificate });
    });
  });
  server.on('tlsClientError', (error, socket) => {
    // Already counted by the code that closed it.
    if (error instanceof ConnectionDrop) return;
    const known = seen.get(socket) ?? addressOf(socket);
    // The value is a string, whatever its type says.
    const verdict: unknown = socket.authorizationError;
    const detail = typeof verdict === 'string' ? verdict : codeOf(error);
    report({
      ...known,
      code: causeOf(detail, known.certificate, authorities()),
      detail: detail === 'unknown' ? explain(error) : detail,
    });
  });
}

type Shown = Pick<TlsRefusal, 'address' | 'certificate'>;

const addressOf = ({ remoteAddress: address }: TLSSocket): Shown =>
  address === undefined ? {} : { address };

/** OpenSSL's verification errors by their names in the runtime, and the errors of the handshake itself. */
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
  // OpenSSL reports only the last of several errors: an expired certificate of an unknown CA would be reported as
  // expired.
  const isStranger = certificate !== undefined && !isIssued(certificate, authorities);
  return isStranger ? 'unknown-ca' : cause;
}

/** Whether the chain, as far as the client sent it, leads to one of the authorities. */
function isIssued(leaf: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  let link: X509Certificate | undefined = leaf;
  for (let depth = 0; link !== undefined && depth < 4; depth++) {
    if (issuerId(link, authorities) !== undefined) return true;
    const above: X509Certificate | undefined = link.issuerCertificate;
    link = above && link.checkIssued(above) && link.verify(above.publicKey) ? above : undefined;
  }
  return false;
}
