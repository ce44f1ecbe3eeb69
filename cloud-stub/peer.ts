import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { recallingOf } from '../base/recall.ts';
import {
  certificateFacts,
  certificateId,
  commonName,
  issuerId,
  pathTo,
} from '../base/x509/certificates.ts';
import type { Reads } from './core/store.ts';
import type { ClientCertificate } from './services/registry.ts';
import type { Trust } from './trust.ts';

/** What reading a client certificate needs. */
export interface PeerParts {
  readonly trust: Pick<Trust, 'authorities' | 'has'>;
  readonly rows: Pick<Reads, 'get'>;
}

/**
 * The certificate that a client has sent, with those above it. Read once: in Node 24 each call of
 * `getPeerX509Certificate` removes the first certificate from the chain that the next call would return.
 */
export const sentBy = recallingOf((socket: TLSSocket): X509Certificate | undefined =>
  socket.getPeerX509Certificate(),
);

/**
 * The facts in a connection's client certificate. TLS has verified its chain, and it is available after session
 * resumption, too. Undefined when the socket no longer has it, because it is already closed.
 */
export function peerCertificate(
  socket: TLSSocket,
  { trust, rows }: PeerParts,
): ClientCertificate | undefined {
  const peer = socket.authorized ? sentBy(socket) : undefined;
  if (peer === undefined) return undefined;
  const known = knownFacts(certificateId(peer), { trust, rows });
  return {
    ...(known ?? factsIn(peer, trust.authorities())),
    ...(typeof socket.servername === 'string' ? { serverName: socket.servername } : {}),
    ...(isNameLost(socket) ? { isNameLost: true } : {}),
  };
}

/**
 * What was read when the certificate was registered: reading it again, and verifying who signed it, would be a tenth of
 * the work of a connection. The id is a hash of the whole certificate.
 */
function knownFacts(id: string, { trust, rows }: PeerParts): ClientCertificate | undefined {
  const row = rowOf(id, rows);
  const authorityId = row?.authorityId ?? row?.caCertificateId ?? '';
  // Its chain may lead to another CA that is trusted now.
  if (row === undefined || !trust.has(authorityId)) return undefined;
  const { certificateId: _, caCertificateId, commonName: name, pem, issuer } = row;
  const { notBeforeMs, notAfterMs } = row;
  return {
    ...{ certificateId: id, caCertificateId, authorityId, commonName: name },
    ...{ notBeforeMs, notAfterMs, pem },
    ...(issuer === undefined ? {} : { issuer }),
  };
}

function rowOf(id: string, rows: PeerParts['rows']) {
  try {
    return rows.get('certificates', id);
  } catch {
    // The store cannot be read now. The admission, which comes next, refuses the connection and logs it.
    return undefined;
  }
}

function factsIn(
  peer: X509Certificate,
  authorities: readonly X509Certificate[],
): ClientCertificate {
  const above = peer.issuerCertificate;
  const anchor = pathTo(peer, issuersOf(peer), authorities)?.at(-1);
  return {
    ...(anchor === undefined ? {} : { authorityId: certificateId(anchor) }),
    ...certificateFacts(peer),
    caCertificateId: issuerId(peer, authorities) ?? (above ? certificateId(above) : 'unknown'),
    commonName: commonName(peer) ?? '',
    pem: peer.toString(),
  };
}

/** Of a session that TLS 1.2 resumes Node does not know the name. */
const isNameLost = (socket: TLSSocket): boolean =>
  socket.isSessionReused() && socket.getProtocol() === 'TLSv1.2' && !socket.servername;

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
