import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keySigner } from '../../../base/x509/algorithms.ts';
import { dayMs, makeCa } from '../../../base/x509/authority.ts';
import { type CrlContent, makeCrl } from '../../../base/x509/crl.ts';
import { decode } from '../../../base/x509/der.ts';
import { generateKeys } from '../../../base/x509/keys.ts';
import { decodePem } from '../../../base/x509/pem.ts';
import { inSequence } from '../../../base/x509/shape.ts';
import { folders } from '../../support/pki-folder.ts';
import { hasOpenssl, openssl, withOpenssl } from '../../support/pki-openssl.ts';

const folder = folders();
const nowMs = Date.UTC(2026, 10, 21, 12);
const ca = await makeCa({ commonName: 'Test CA', nowMs, random: randomBytes });
const content: CrlContent = {
  issuer: ca.certificatePem,
  signer: keySigner(ca.privateKey),
  number: 7n,
  thisUpdateMs: nowMs,
  nextUpdateMs: nowMs + dayMs,
  revoked: [],
};
const serial = Buffer.from('400102030405060708090a0b0c0d0e0f', 'hex');

const parts = async (changes: Partial<CrlContent>) => {
  const der = decodePem('X509 CRL', await makeCrl({ ...content, ...changes })) ?? Buffer.alloc(0);
  return inSequence(inSequence(decode(der), 'CRL', 3)[0], 'list');
};

it('has no list of revoked certificates when there are none (RFC 5280 section 5.1.2.6)', async () => {
  expect(await parts({})).toHaveLength(6);
  expect(
    await parts({ revoked: [{ serial, revokedMs: nowMs, reason: 'unspecified' }] }),
  ).toHaveLength(7);
});

it.each<[string, Partial<CrlContent>, string]>([
  ['an end before its beginning', { nextUpdateMs: nowMs }, 'x509-time'],
  ['number 0', { number: 0n }, 'x509-crl-number'],
  ['a number that is too long', { number: 1n << 160n }, 'x509-crl-number'],
  ['an issuer that is none', { issuer: 'x' }, 'x509-issuer'],
  [
    'a negative serial number',
    { revoked: [{ serial: Buffer.of(0x80), revokedMs: nowMs, reason: 'unspecified' }] },
    'x509-serial',
  ],
])('rejects %s', async (_, changes, code) => {
  await expect(makeCrl({ ...content, ...changes })).rejects.toMatchObject({ code });
});

it("rejects a signature that is not of the issuer's key", async () => {
  const other = await generateKeys('ec-p256');
  const signer = keySigner(other.privateKey);
  await expect(makeCrl({ ...content, signer })).rejects.toMatchObject({ code: 'x509-signature' });
});

it.runIf(hasOpenssl)(withOpenssl('openssl reads the same content'), async () => {
  const dir = await folder();
  const [crl, issuer] = [join(dir, 'crl.pem'), join(dir, 'ca.crt')];
  await writeFile(issuer, ca.certificatePem);
  await writeFile(
    crl,
    await makeCrl({
      ...content,
      number: 0x80n,
      nextUpdateMs: Date.UTC(2050),
      revoked: [
        { serial, revokedMs: nowMs, reason: 'keyCompromise' },
        { serial: Buffer.of(0x41), revokedMs: nowMs, reason: 'unspecified' },
      ],
    }),
  );
  const said = openssl(['crl', '-in', crl, '-noout', '-text', '-verify', '-CAfile', issuer]);
  expect(said).toMatchObject({ isOk: true });
  expect(said.text).toContain('verify OK');
  expect(said.text).toContain('Version 2 (0x1)');
  expect(said.text).toMatch(/X509v3 CRL Number: *\n *128\n/);
  expect(said.text).toContain('X509v3 Authority Key Identifier');
  expect(said.text).toMatch(/Next Update: Jan {2}1 00:00:00 2050 GMT/);
  expect(said.text).toMatch(
    /Serial Number: 400102030405060708090A0B0C0D0E0F\n *Revocation Date: Nov 21 12:00:00 2026 GMT\n[^\n]*\n *X509v3 CRL Reason Code: *\n *Key Compromise/,
  );
  expect(said.text).toMatch(/Serial Number: 41\n *Revocation Date: [^\n]*\n *Signature/);
});
