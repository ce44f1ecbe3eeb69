import type { KeyObject } from 'node:crypto';
import { expect } from 'vitest';
import { around, type DerNode, sequence } from '../../base/x509/der.ts';
import { type Csr, readCsr } from '../../base/x509/read-csr.ts';
import { basicConstraints, csrParts, csrPem, extensionRequest, signCsr } from './pki-csr.ts';
import { mutateTree, seededRandom } from './pki-mutate.ts';
import { opensslReadsCsr } from './pki-openssl.ts';

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const attributes = around(0, extensionRequest(basicConstraints(false)));

/** Requests whose content was changed before it was signed: the signature is good, only the other checks are left. */
export function mutatedAndSigned(
  { ec, rsa }: Readonly<Record<'ec' | 'rsa', KeyPair>>,
  rounds: number,
  seed: number,
): { pem: string; csr: Csr }[] {
  const random = seededRandom(seed);
  const keys = [ec, rsa] as const;
  const taken: { pem: string; csr: Csr }[] = [];
  for (let round = 0; round < rounds; round++) {
    // Signing by RSA costs a hundred times as much, and only the key is read differently.
    const { publicKey, privateKey } = keys[round % 8 === 0 ? 1 : 0];
    const parts = csrParts(publicKey, { attributes });
    const info = sequence(parts.version, parts.subject, parts.keyInfo, parts.attributes);
    const isInside = random(8) > 0;
    const changed = isInside ? mutateTree(info, random) : info;
    const algorithm = isInside ? parts.algorithm : mutateTree(parts.algorithm, random);
    const pem = trySigning(privateKey, changed, algorithm);
    const reading = pem === undefined ? undefined : readCsr(pem);
    if (pem !== undefined && reading?.ok) taken.push({ pem, csr: reading.csr });
  }
  return taken;
}

/** The codec cannot write every mutated tree. */
function trySigning(key: KeyObject, info: DerNode, algorithm: DerNode): string | undefined {
  try {
    return csrPem(signCsr(key, info, algorithm));
  } catch {
    return undefined;
  }
}

/** Fails unless openssl accepts the request too, and reads the same key and name from it. */
export function expectSameReading(pem: string, csr: Csr): void {
  const theirs = opensslReadsCsr(pem);
  expect(theirs, pem).toBeDefined();
  expect(theirs?.publicKeyPem).toBe(csr.publicKey.export({ type: 'spki', format: 'pem' }));
  if (/^[A-Za-z0-9:_-]+$/.test(csr.commonName)) {
    expect(theirs?.subject.split(',')).toContain(`CN=${csr.commonName}`);
  }
}
