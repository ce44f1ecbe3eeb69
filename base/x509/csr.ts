import type { KeyObject } from 'node:crypto';
import { PilotfishError } from '../errors.ts';
import { algorithmFor, isSignedBy } from './algorithms.ts';
import { around, bitString, encode, integer, sequence } from './der.ts';
import { algorithmIdentifier, name, publicKeyInfo } from './fields.ts';
import { encodePem } from './pem.ts';

export const csrLabel = 'CERTIFICATE REQUEST';

/**
 * Makes a certificate signing request (PKCS#10, RFC 2986), as PEM: a common name and a key. It has no attributes, since
 * the issuer's profile decides everything else.
 *
 * `sign` returns a DER ECDSA-Sig-Value or a PKCS#1 v1.5 block over SHA-256 (SHA-384 for P-384), as a `DeviceKey` does.
 * Throws `x509-key`, `x509-name`, `x509-signature` (the signature is not by `publicKey`), and what `sign` throws.
 */
export async function makeCsr(request: {
  subjectCommonName: string;
  publicKey: KeyObject;
  sign: (tbs: Uint8Array) => Promise<Uint8Array>;
}): Promise<string> {
  const { publicKey } = request;
  const algorithm = algorithmFor(publicKey);
  const info = sequence(
    integer(Uint8Array.of(0)), // version 1
    name({ commonName: request.subjectCommonName }),
    publicKeyInfo(publicKey),
    around(0), // no attributes
  );
  const data = encode(info);
  const signature = await request.sign(data);
  if (!isSignedBy(publicKey, { algorithm, data, signature })) {
    throw new PilotfishError('x509-signature', "the signature is not by the request's key");
  }
  const whole = sequence(info, algorithmIdentifier(algorithm), bitString(signature));
  return encodePem(csrLabel, encode(whole));
}
