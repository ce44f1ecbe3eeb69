import type { KeyObject } from 'node:crypto';
import { expect, it } from 'vitest';
import { around, type DerNode, sequence } from '../../../base/x509/der.ts';
import { generateKeys } from '../../../base/x509/keys.ts';
import { decodePem } from '../../../base/x509/pem.ts';
import { type Csr, readCsr } from '../../../base/x509/read-csr.ts';
import {
  basicConstraints,
  buildCsr,
  csrParts,
  csrPem,
  extensionRequest,
  signCsr,
} from '../../support/pki-csr.ts';
import { mutateBytes, mutateTree, seededRandom } from '../../support/pki-mutate.ts';
import { hasOpenssl, opensslReadsCsr, withOpenssl } from '../../support/pki-openssl.ts';

const ec = await generateKeys('ec-p256');
const rsa = await generateKeys('rsa-2048');
const attributes = around(0, extensionRequest(basicConstraints(false)));

it('3000 mutations of the octets are refused', () => {
  const seeds = [buildCsr(ec), buildCsr(ec, { attributes }), buildCsr(rsa)];
  const originals = seeds.map((pem) => decodePem('CERTIFICATE REQUEST', pem) ?? Buffer.alloc(0));
  const random = seededRandom(1);
  const taken: string[] = [];
  for (let round = 0; round < 3000; round++) {
    const original = originals[round % originals.length] ?? Buffer.alloc(0);
    const mutated = mutateBytes(original, random);
    if (!mutated.equals(original) && readCsr(csrPem(mutated)).ok)
      taken.push(mutated.toString('hex'));
  }
  expect(taken).toEqual([]);
});

it('2000 mutations of the PEM text are refused, or change nothing', () => {
  const original = Buffer.from(buildCsr(ec, { attributes }));
  const random = seededRandom(2);
  for (let round = 0; round < 2000; round++) {
    const reading = readCsr(mutateBytes(original, random).toString('latin1'));
    if (!reading.ok) continue;
    expect(reading.csr.commonName).toBe('robot-1');
    expect(reading.csr.publicKey.equals(ec.publicKey)).toBe(true);
  }
});

/** Requests whose content was changed before it was signed: the signature is good, only the other checks are left. */
function mutatedAndSigned(rounds: number, seed: number): { pem: string; csr: Csr }[] {
  const random = seededRandom(seed);
  const pairs = [ec, rsa] as const;
  const taken: { pem: string; csr: Csr }[] = [];
  for (let round = 0; round < rounds; round++) {
    const { publicKey, privateKey } = pairs[round % 2 ? 1 : 0];
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

it('3000 mutations signed afresh are refused, or name the signing key and a readable name', () => {
  const taken = mutatedAndSigned(3000, 3);
  expect(taken.length).toBeGreaterThan(10);
  for (const { csr } of taken) {
    expect(csr.publicKey.equals(ec.publicKey) || csr.publicKey.equals(rsa.publicKey)).toBe(true);
    expect(csr.commonName).toMatch(/^\P{C}{1,64}$/u);
  }
});

it.runIf(hasOpenssl)(withOpenssl('openssl accepts what is taken, with the same key'), () => {
  for (const { pem, csr } of mutatedAndSigned(600, 4)) {
    const theirs = opensslReadsCsr(pem);
    expect(theirs, pem).toBeDefined();
    expect(theirs?.publicKeyPem).toBe(csr.publicKey.export({ type: 'spki', format: 'pem' }));
    if (/^[A-Za-z0-9:_-]+$/.test(csr.commonName)) {
      expect(theirs?.subject.split(',')).toContain(`CN=${csr.commonName}`);
    }
  }
});
