import { createHash, X509Certificate } from 'node:crypto';
// Node 24: `toLegacyObject` loads a part of TLS. Where it is the first to do so, `tls.createServer` throws from then on.
import 'node:tls';
import { readCertificates } from './certificate-file.ts';

/** What can be read off certificates, by node:crypto alone: nothing here loads the codec. */

/** AWS IoT's and our name of a certificate: SHA-256 of its DER, as 64 hexadecimal digits. */
export function certificateId(certificate: string | X509Certificate): string {
  const { raw } = typeof certificate === 'string' ? new X509Certificate(certificate) : certificate;
  return createHash('sha256').update(raw).digest('hex');
}

/** What people and machines want to know of a certificate: its id, issuer (common name, else ''), and dates. */
export function certificateFacts(certificate: X509Certificate): {
  certificateId: string;
  issuer: string;
  notBeforeMs: number;
  notAfterMs: number;
} {
  const issuer: unknown = certificate.toLegacyObject().issuer?.CN;
  return {
    certificateId: certificateId(certificate),
    issuer: typeof issuer === 'string' ? issuer : '',
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
  };
}

/** The subject's common name; undefined when it has none or several. */
export function commonName(certificate: string | X509Certificate): string | undefined {
  const read = typeof certificate === 'string' ? new X509Certificate(certificate) : certificate;
  // Several common names come as a list.
  const value: unknown = read.toLegacyObject().subject?.CN;
  return typeof value === 'string' ? value : undefined;
}

/** The certificates of a chain file in order (none: an empty list); undefined when one of them cannot be read. */
export function readChain(text: string): X509Certificate[] | undefined {
  const read = readCertificates(text);
  return read.ok ? [...read.certificates] : undefined;
}

/** Intermediate CAs between a certificate and the one that it is checked against. */
const intermediatesMax = 3;

/**
 * The CAs above `leaf`, nearest first, up to one of `anchors`; those between are taken from `others`. Undefined: no such
 * way. Every signature on the way is verified; validity dates are not looked at.
 */
export function pathTo(
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
): X509Certificate[] | undefined {
  const path: X509Certificate[] = [];
  for (let below = leaf; path.length <= intermediatesMax; ) {
    const anchor = anchors.find((one) => isIssuedBy(below, one));
    if (anchor !== undefined) return [...path, anchor];
    const above = others.find((one) => isIssuedBy(below, one));
    if (above === undefined || path.includes(above)) return undefined;
    path.push(above);
    below = above;
  }
  return undefined;
}

const isIssuedBy = (certificate: X509Certificate, authority: X509Certificate): boolean =>
  authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);

/** Which of `authorities` signed `certificate`: its id, or undefined for a stranger's. Validity dates are not looked at. */
export function issuerId(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
): string | undefined {
  const issuer = authorities.find((authority) => isIssuedBy(certificate, authority));
  return issuer && certificateId(issuer);
}
