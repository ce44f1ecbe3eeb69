import { expect, it } from 'vitest';
import { around } from '../../../base/x509/der.ts';
import { generateKeys } from '../../../base/x509/keys.ts';
import { decodePem } from '../../../base/x509/pem.ts';
import { readCsr } from '../../../base/x509/read-csr.ts';
import { basicConstraints, buildCsr, csrPem, extensionRequest } from '../../support/pki-csr.ts';
import { mutateBytes, seededRandom } from '../../support/pki-mutate.ts';
import { expectSameReading, mutatedAndSigned } from '../../support/pki-mutated-requests.ts';
import { hasOpenssl, withOpenssl } from '../../support/pki-openssl.ts';

const ec = await generateKeys('ec-p256');
const rsa = await generateKeys('rsa-2048');
const attributes = around(0, extensionRequest(basicConstraints(false)));

it('3000 mutations of the octets are rejected', () => {
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

it('2000 mutations of the PEM text are rejected, or change nothing', () => {
  const original = Buffer.from(buildCsr(ec, { attributes }));
  const random = seededRandom(2);
  for (let round = 0; round < 2000; round++) {
    const reading = readCsr(mutateBytes(original, random).toString('latin1'));
    if (!reading.ok) continue;
    expect(reading.csr.commonName).toBe('robot-1');
    expect(reading.csr.publicKey.equals(ec.publicKey)).toBe(true);
  }
});

it('3000 mutations with a new signature are rejected, or name the signing key and a readable name', () => {
  const taken = mutatedAndSigned({ ec, rsa }, 3000, 3);
  expect(taken.length).toBeGreaterThan(10);
  for (const { csr } of taken) {
    expect(csr.publicKey.equals(ec.publicKey) || csr.publicKey.equals(rsa.publicKey)).toBe(true);
    expect(csr.commonName).toMatch(/^\P{C}{1,64}$/u);
  }
});

// Many more of them in `test/system/csr-openssl.test.ts`: openssl is a process for each.
it.runIf(hasOpenssl)(
  withOpenssl('openssl accepts what the reader accepts, with the same key'),
  () => {
    for (const { pem, csr } of mutatedAndSigned({ ec, rsa }, 60, 4)) expectSameReading(pem, csr);
  },
);
