import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { pathTo, readChain } from '../../base/x509/certificates.ts';

/**
 * Since when the server's certificate is good, if it is one for `host` by a CA of `ca` (PEM): signed evidence that it is
 * that late already. Undefined for any other certificate. TLS itself says only that the certificate is not valid yet.
 *
 * Not by `getPeerX509Certificate`: on a client's side that takes the certificate out of the chain that TLS.js looks at
 * afterwards (Node 24).
 */
export function serverFromMs(socket: TLSSocket, host: string, ca: string): number | undefined {
  try {
    const [leaf, ...others] = sentBy(socket.getPeerCertificate(true));
    if (leaf === undefined || leaf.checkHost(host) === undefined) return undefined;
    const path = pathTo(leaf, others, readChain(ca) ?? []);
    if (path === undefined) return undefined;
    return Math.max(...[leaf, ...path].map(({ validFromDate }) => validFromDate.getTime()));
  } catch {
    // A stranger may send a key of a kind that cannot be read: no evidence, and nobody's end.
    return undefined;
  }
}

/** Most certificates that are looked at; a server sends two or three. */
const sentMax = 8;

/** Leaf first; what is no certificate is left out. */
function sentBy(leaf: Partial<DetailedPeerCertificate>): X509Certificate[] {
  const sent: X509Certificate[] = [];
  let one: Partial<DetailedPeerCertificate> | undefined = leaf;
  while (one?.raw !== undefined && sent.length < sentMax) {
    sent.push(new X509Certificate(one.raw));
    one = one.issuerCertificate === one ? undefined : one.issuerCertificate;
  }
  return sent;
}
