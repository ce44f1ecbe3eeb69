import { createPublicKey, type KeyObject } from 'node:crypto';
import { PilotfishError } from '../base/errors.ts';
import type { SignatureAlgorithm } from '../base/x509/algorithms.ts';
import { encode, integer, sequence } from '../base/x509/der.ts';
import { keyKindOf } from '../base/x509/keys.ts';

/** Converts between PKCS#11's encodings of keys and signatures and those of certificates. */

/** CKA_EC_PARAMS: the curve's OBJECT IDENTIFIER in DER. */
export const ecParams = {
  'ec-p256': Buffer.from('06082a8648ce3d030107', 'hex'),
  'ec-p384': Buffer.from('06052b81040022', 'hex'),
} as const;

const curves = {
  'ec-p256': { crv: 'P-256', octets: 32 },
  'ec-p384': { crv: 'P-384', octets: 48 },
} as const;

/** A public key from CKA_EC_PARAMS and CKA_EC_POINT. Throws `pkcs11-unsupported` for curves that are not in use. */
export function ecPublicKey(params: Buffer, point: Buffer): KeyObject {
  const kind = params.equals(ecParams['ec-p384']) ? 'ec-p384' : 'ec-p256';
  const { crv, octets } = curves[kind];
  // PKCS#11 v2.40 wraps the point in an OCTET STRING; older tokens return it bare. Only the length distinguishes the
  // two: 4 is both that tag and the mark of an uncompressed point.
  const length = 1 + 2 * octets;
  const wrapped = point.length === 2 + length && point[0] === 4 && point[1] === length;
  const bare = wrapped ? point.subarray(2) : point;
  if (!params.equals(ecParams[kind]) || bare[0] !== 4 || bare.length !== length) {
    throw new PilotfishError('pkcs11-unsupported', "the token's key is not on P-256 or P-384");
  }
  const x = bare.subarray(1, 1 + octets).toString('base64url');
  const y = bare.subarray(1 + octets).toString('base64url');
  return createPublicKey({ key: { kty: 'EC', crv, x, y }, format: 'jwk' });
}

/** A public key from CKA_MODULUS and CKA_PUBLIC_EXPONENT. */
export function rsaPublicKey(modulus: Buffer, exponent: Buffer): KeyObject {
  const n = modulus.toString('base64url');
  return createPublicKey({
    key: { kty: 'RSA', n, e: exponent.toString('base64url') },
    format: 'jwk',
  });
}

/** The kind of a key, for people and for `--key`: `ec-p256`, `rsa-3072`. */
export function kindName(key: KeyObject): string {
  const kind = keyKindOf(key) ?? 'a key not in use here';
  return kind === 'rsa' ? `rsa-${key.asymmetricKeyDetails?.modulusLength}` : kind;
}

/** CKM_ECDSA returns r and s side by side; certificates need an ECDSA-Sig-Value (RFC 3279 section 2.2.3). */
export function ecdsaSignature(raw: Buffer): Buffer {
  const half = raw.length / 2;
  const [r, s] = [raw.subarray(0, half), raw.subarray(half)].map(encodeNumber);
  return encode(sequence(integer(r ?? raw), integer(s ?? raw)));
}

/** A minimal, positive INTEGER: no leading zeros, except one where the top bit would make it negative. */
function encodeNumber(octets: Buffer): Buffer {
  const start = octets.findIndex((octet) => octet !== 0);
  const minimal = start < 0 ? octets.subarray(-1) : octets.subarray(start);
  return (minimal[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), minimal]) : minimal;
}

/** RFC 8017 section 9.2, note 1: the DER before the hash. */
const digestInfos: Readonly<Record<SignatureAlgorithm, Buffer>> = {
  'ecdsa-sha256': Buffer.alloc(0),
  'ecdsa-sha384': Buffer.alloc(0),
  'rsa-sha256': Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  'rsa-sha384': Buffer.from('3041300d060960864801650304020205000430', 'hex'),
};

/** What the token signs: the bare hash with CKM_ECDSA, a DigestInfo with CKM_RSA_PKCS. */
export const signingInput = (algorithm: SignatureAlgorithm, hash: Buffer): Buffer =>
  Buffer.concat([digestInfos[algorithm], hash]);
