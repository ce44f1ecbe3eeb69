import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { pathTo, readChain } from '../../base/x509/certificates.ts';

/**
 * The notBefore of the server's certificate, if it is one for `host` by a CA of `ca` (PEM): signed evidence that it is
 * that late already. Undefined for any other certificate. TLS itself says only that the certificate is not valid yet.
 *
 * Not by `getPeerX509Certificate`: on the client side that removes the certificate from the chain that TLS.js reads
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
    // A stranger may send a key of an unreadable kind: it is no evidence and must not end the process.
    return undefined;
  }
}

/** Limit of certificates to read; a server sends two or three. */
const sentMax = 8;

/** Leaf first; anything but a certificate is left out. */
function sentBy(leaf: Partial<DetailedPeerCertificate>): X509Certificate[] {
  const sent: X509Certificate[] = [];
  let one: Partial<DetailedPeerCertificate> | undefined = leaf;
  while (one?.raw !== undefined && sent.length < sentMax) {
    sent.push(new X509Certificate(one.raw));
    one = one.issuerCertificate === one ? undefined : one.issuerCertificate;
  }
  return sent;
}
