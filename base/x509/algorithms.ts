import { type KeyObject, sign, verify } from 'node:crypto';
import { PilotfishError } from '../errors.ts';
import { keyKindOf } from './keys.ts';

/** The signature algorithms in use (RFC 5758 section 3.2, RFC 8017 appendix C): one table for reading and writing. */
export const signatureAlgorithms = {
  'ecdsa-sha256': { oid: '1.2.840.10045.4.3.2', hash: 'sha256', keyType: 'ec' },
  'ecdsa-sha384': { oid: '1.2.840.10045.4.3.3', hash: 'sha384', keyType: 'ec' },
  'rsa-sha256': { oid: '1.2.840.113549.1.1.11', hash: 'sha256', keyType: 'rsa' },
  'rsa-sha384': { oid: '1.2.840.113549.1.1.12', hash: 'sha384', keyType: 'rsa' },
} as const satisfies Record<string, { oid: string; hash: string; keyType: 'ec' | 'rsa' }>;

export type SignatureAlgorithm = keyof typeof signatureAlgorithms;

export const signatureAlgorithmNames = Object.keys(
  signatureAlgorithms,
) as readonly SignatureAlgorithm[];

/**
 * Signs for a certificate or request. The key may be in a file, an HSM or a TPM.
 * The signature is a DER ECDSA-Sig-Value or a PKCS#1 v1.5 block over the hash that `algorithm` names.
 */
export interface Signer {
  readonly algorithm: SignatureAlgorithm;
  readonly sign: (tbs: Uint8Array) => Promise<Uint8Array>;
}

/** A signer over a private key in node:crypto. Throws `x509-key` for an unsupported kind of key. */
export function keySigner(privateKey: KeyObject): Signer {
  const algorithm = algorithmFor(privateKey);
  return { algorithm, sign: (tbs) => signWith(privateKey, { algorithm, tbs }) };
}

/** Signs on the thread pool, so that RSA does not block the main thread. */
export function signWith(
  privateKey: KeyObject,
  { algorithm, tbs }: { algorithm: SignatureAlgorithm; tbs: Uint8Array },
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    sign(signatureAlgorithms[algorithm].hash, tbs, privateKey, (error, signature) =>
      error ? reject(error) : resolve(signature),
    );
  });
}

/** The algorithm for a key, public or private: SHA-384 for P-384, else SHA-256. */
export function algorithmFor(key: KeyObject): SignatureAlgorithm {
  const kind = keyKindOf(key);
  if (kind === 'ec-p256') return 'ecdsa-sha256';
  if (kind === 'ec-p384') return 'ecdsa-sha384';
  if (kind === 'rsa') return 'rsa-sha256';
  throw new PilotfishError('x509-key', 'the key is not P-256, P-384 or RSA of at least 2048 bits');
}

/** Whether `signature` over `data` is by `publicKey`; false also when the key does not match the algorithm. */
export function isSignedBy(
  publicKey: KeyObject,
  signed: { algorithm: SignatureAlgorithm; data: Uint8Array; signature: Uint8Array },
): boolean {
  const { hash, keyType } = signatureAlgorithms[signed.algorithm];
  if (publicKey.asymmetricKeyType !== keyType) return false;
  try {
    return verify(hash, signed.data, publicKey, signed.signature);
  } catch {
    return false;
  }
}
