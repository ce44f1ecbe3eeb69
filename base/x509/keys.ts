import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/** The kinds of keys that can be made, all by node:crypto. */
export type NewKeyKind = 'ec-p256' | 'ec-p384' | 'rsa-2048' | 'rsa-3072';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const generate = promisify(generateKeyPair);

/** Makes a key pair on the thread pool: P-256 takes less than 1 ms, RSA up to a second on a slow board. */
export async function generateKeys(kind: NewKeyKind): Promise<KeyPair> {
  switch (kind) {
    case 'ec-p256':
      return generate('ec', { namedCurve: 'prime256v1' });
    case 'ec-p384':
      return generate('ec', { namedCurve: 'secp384r1' });
    case 'rsa-2048':
      return generate('rsa', { modulusLength: 2048 });
    case 'rsa-3072':
      return generate('rsa', { modulusLength: 3072 });
  }
}

/** The kind of a key, public or private; undefined: not supported (other curves, small or unusual RSA). */
export function keyKindOf(key: KeyObject): 'ec-p256' | 'ec-p384' | 'rsa' | undefined {
  const details = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec') {
    if (details.namedCurve === 'prime256v1') return 'ec-p256';
    return details.namedCurve === 'secp384r1' ? 'ec-p384' : undefined;
  }
  if (key.asymmetricKeyType !== 'rsa') return undefined;
  const { modulusLength = 0, publicExponent = 0n } = details;
  // Small exponents have a history of forgeries; a huge modulus or exponent makes each verification expensive.
  const isSound =
    modulusLength >= 2048 &&
    modulusLength <= 4096 &&
    publicExponent >= 65537n &&
    publicExponent < 2n ** 32n;
  return isSound ? 'rsa' : undefined;
}
