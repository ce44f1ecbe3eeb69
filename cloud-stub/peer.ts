import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import {
  certificateFacts,
  certificateId,
  commonName,
  issuerId,
  pathTo,
} from '../base/x509/certificates.ts';
import type { ClientCertificate } from './services/registry.ts';

/**
 * The facts in a connection's client certificate. TLS has verified its chain, and it is available after session
 * resumption, too. Undefined when the socket no longer has it, because it is already closed.
 */
export function peerCertificate(
  socket: TLSSocket,
  authorities: readonly X509Certificate[],
): ClientCertificate | undefined {
  const peer = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (peer === undefined) return undefined;
  const above = peer.issuerCertificate;
  const anchor = pathTo(peer, issuersOf(peer), authorities)?.at(-1);
  return {
    ...(anchor === undefined ? {} : { authorityId: certificateId(anchor) }),
    ...(typeof socket.servername === 'string' ? { serverName: socket.servername } : {}),
    ...certificateFacts(peer),
    caCertificateId: issuerId(peer, authorities) ?? (above ? certificateId(above) : 'unknown'),
    commonName: commonName(peer) ?? '',
    pem: peer.toString(),
  };
}

/** What the client sent above its certificate; nothing after a resumption. */
function issuersOf(leaf: X509Certificate): X509Certificate[] {
  const found: X509Certificate[] = [];
  for (
    let above = leaf.issuerCertificate;
    above && found.length < 4;
    above = above.issuerCertificate
  )
    found.push(above);
  return found;
}
