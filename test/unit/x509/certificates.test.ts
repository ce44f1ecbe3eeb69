import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { keySigner } from '../../../base/x509/algorithms.ts';
import { makeCa, makeDeviceCertificate } from '../../../base/x509/authority.ts';
import { certificateId, commonName, issuerId, readChain } from '../../../base/x509/certificates.ts';

const issuing = { nowMs: Date.now(), random: randomBytes };
const ca = await makeCa({ commonName: 'Maker', ...issuing });
const namesake = await makeCa({ commonName: 'Maker', ...issuing });
const leafPem = await makeDeviceCertificate({
  commonName: 'AB:1',
  publicKey: ca.publicKey,
  issuer: ca.certificatePem,
  signer: keySigner(ca.privateKey),
  ...issuing,
});
const leaf = new X509Certificate(leafPem);

it('the id is the SHA-256 of the DER, in lower-case hex', () => {
  const expected = createHash('sha256').update(leaf.raw).digest('hex');
  expect(certificateId(leafPem)).toBe(expected);
  expect(certificateId(leaf)).toBe(leaf.fingerprint256.replaceAll(':', '').toLowerCase());
});

it('the common name is read', () => {
  expect(commonName(leafPem)).toBe('AB:1');
  expect(commonName(ca.certificatePem)).toBe('Maker');
});

it('a chain is read in order, also with text between', () => {
  const chain = readChain(`one\n${leafPem}\r\ntwo\n${ca.certificatePem}`);
  expect(chain?.map((each) => commonName(each))).toEqual(['AB:1', 'Maker']);
  expect(readChain('no certificate')).toEqual([]);
  expect(readChain(leafPem.replace('MII', 'AAA'))).toBeUndefined();
});

it('the issuer is found by its signature, not by its name', () => {
  const roots = [namesake, ca].map((each) => new X509Certificate(each.certificatePem));
  expect(issuerId(leaf, roots)).toBe(certificateId(ca.certificatePem));
  expect(issuerId(leaf, roots.slice(0, 1))).toBeUndefined();
});
