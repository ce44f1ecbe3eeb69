import { createHash, X509Certificate } from 'node:crypto';
// Node 24: `toLegacyObject` loads a part of TLS. Where it is the first to do so, `tls.createServer` throws from then on.
import 'node:tls';
import { recallingOf } from '../recall.ts';
import { readCertificates } from './certificate-file.ts';

/** Facts about certificates by node:crypto alone: nothing here loads the DER codec. */

/** The certificate id, as in AWS IoT: SHA-256 of the DER, as 64 lower-case hex digits. */
export function certificateId(certificate: string | X509Certificate): string {
  const { raw } = typeof certificate === 'string' ? new X509Certificate(certificate) : certificate;
  return createHash('sha256').update(raw).digest('hex');
}

export interface Facts {
  readonly certificateId: string;
  /** The issuer's common name, else ''. */
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

interface Names {
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
}

/** The common names, each undefined when there is none or several: those are returned as a list. */
const namesOf = recallingOf((certificate: X509Certificate): Names => {
  const { subject, issuer } = certificate.toLegacyObject();
  const textOf = (name: unknown) => (typeof name === 'string' ? name : undefined);
  return { subject: textOf(subject?.CN), issuer: textOf(issuer?.CN) };
});

/** A certificate's id, issuer, and dates. */
export const certificateFacts = recallingOf(
  (certificate: X509Certificate): Facts => ({
    certificateId: certificateId(certificate),
    issuer: namesOf(certificate).issuer ?? '',
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
  }),
);

/** The subject's common name; undefined when it has none or several. */
export const commonName = (certificate: string | X509Certificate): string | undefined =>
  namesOf(typeof certificate === 'string' ? new X509Certificate(certificate) : certificate).subject;

/** The certificates of a chain file in order (none: an empty list); undefined when one of them is invalid. */
export function readChain(text: string): X509Certificate[] | undefined {
  const read = readCertificates(text);
  return read.ok ? [...read.certificates] : undefined;
}

/** The most intermediate CAs between a certificate and its trust anchor. */
const intermediatesMax = 3;

/**
 * The CAs above `leaf`, nearest first, up to one of `anchors`; intermediates are taken from `others`. Undefined: no
 * such path. Every signature on the path is verified; validity dates are not checked.
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
  issuedBy(certificate)(authority);

/** A signature over the same bytes by the same key is verified once. */
const issuedBy = recallingOf((certificate: X509Certificate) =>
  recallingOf(
    (authority: X509Certificate): boolean =>
      authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey),
  ),
);

/**
 * The id of the CA in `authorities` that signed `certificate`; undefined for another issuer. Validity dates are not
 * checked.
 */
export function issuerId(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
): string | undefined {
  const issuer = authorities.find((authority) => isIssuedBy(certificate, authority));
  return issuer && certificateId(issuer);
}
