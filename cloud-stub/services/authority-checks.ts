import type { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { explain } from '../../base/errors.ts';
import { certificatePem, readCertificates } from '../../base/x509/certificate-file.ts';
import { certificateFacts, commonName } from '../../base/x509/certificates.ts';
import { keyKindOf } from '../../base/x509/keys.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';

/** Checks of CA certificates from an operator's request. Nothing here throws on input. */

export type AuthorityFault =
  | 'CertificateState'
  | 'CertificateValidation'
  | 'InvalidRequest'
  | 'LimitExceeded'
  | 'RegistrationCodeValidation'
  | 'ResourceAlreadyExists'
  | 'ResourceNotFound';

/** AWS: the length of a certificate in PEM. */
export const pemCharsMax = 65_536;

/** A CA that may sign robots' certificates, from PEM. `nowMs` must be within its validity. */
export const readAuthority = (
  pem: string,
  nowMs: number,
): Result<X509Certificate, AuthorityFault> =>
  checked('caCertificate', () => {
    const ca = onlyCertificate(pem);
    if (!ca.ca) return 'it is no CA: basicConstraints with CA:TRUE, and keyCertSign, are needed';
    const isSelfIssued = ca.checkIssued(ca);
    if (isSelfIssued && !ca.verify(ca.publicKey)) return 'its own signature is wrong';
    const weakness = weaknessOf(ca) ?? datesFault(ca, nowMs);
    if (weakness !== undefined) return weakness;
    // What TLS cannot load would keep the ports from starting again.
    createSecureContext({ ca: certificatePem(ca) });
    return ca;
  });

/**
 * Whether the certificate proves that its sender has the CA's key: signed by it, for the registration code as common name.
 */
export function checkVerification(
  pem: string,
  { ca, code, nowMs }: { ca: X509Certificate; code: string | undefined; nowMs: number },
): Result<null, AuthorityFault> {
  const read = checked('verificationCertificate', () => {
    const certificate = onlyCertificate(pem);
    const isSigned = certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
    if (!isSigned) return 'it is not signed by the CA';
    return weaknessOf(certificate) ?? datesFault(certificate, nowMs) ?? certificate;
  });
  if (!read.ok) return read;
  return code !== undefined && commonName(read.value) === code
    ? ok(null)
    : refuse(
        'RegistrationCodeValidation',
        'the common name of the verification certificate must be the registration code',
      );
}

/** Turns a reason, or whatever the parsers throw, into the fault. */
function checked(
  what: string,
  read: () => X509Certificate | string,
): Result<X509Certificate, AuthorityFault> {
  let result: X509Certificate | string;
  try {
    result = read();
  } catch (error) {
    result = explain(error);
  }
  return typeof result === 'string'
    ? refuse('CertificateValidation', `${what} is not valid: ${result}`)
    : ok(result);
}

function onlyCertificate(pem: string): X509Certificate {
  if (pem.length > pemCharsMax) throw new Error(`it has more than ${pemCharsMax} characters`);
  const read = readCertificates(pem);
  if (!read.ok) throw new Error(read.problem);
  const [certificate, second] = read.certificates;
  if (certificate === undefined) throw new Error('it holds no certificate in PEM');
  if (second !== undefined) throw new Error('it holds several certificates');
  return certificate;
}

/** AWS: RSA of 2048 bits or more, or a NIST curve; SHA-2. */
function weaknessOf(certificate: X509Certificate): string | undefined {
  const { publicKey, signatureAlgorithm } = certificate;
  const isP521 = publicKey.asymmetricKeyDetails?.namedCurve === 'secp521r1';
  if (keyKindOf(publicKey) === undefined && !isP521) {
    return 'its key must be RSA of 2048 to 4096 bits, or on P-256, P-384 or P-521';
  }
  return /sha(256|384|512)/i.test(signatureAlgorithm ?? '') || isPssWithSha2(certificate)
    ? undefined
    : `it is signed by ${signatureAlgorithm}: SHA-256, SHA-384 or SHA-512 is needed`;
}

/** RFC 4055: RSASSA-PSS names its hash in its parameters; by default it is SHA-1. Node does not tell. */
const isPssWithSha2 = ({ raw }: X509Certificate): boolean =>
  /06092a864886f70d01010a30..a0..30..060960864801650304020[123]/.test(raw.toString('hex'));

function datesFault(certificate: X509Certificate, nowMs: number): string | undefined {
  const { notBeforeMs, notAfterMs } = certificateFacts(certificate);
  if (nowMs > notAfterMs) return 'it is expired';
  return nowMs < notBeforeMs ? 'it is not valid yet' : undefined;
}
