import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { keySigner } from '../../../base/x509/algorithms.ts';
import { makeCsr } from '../../../base/x509/csr.ts';
import { generateKeys } from '../../../base/x509/keys.ts';
import { readCsr } from '../../../base/x509/read-csr.ts';
import { hasOpenssl, opensslReadsCsr, withOpenssl } from '../../support/pki-openssl.ts';

for (const kind of ['ec-p256', 'rsa-2048'] as const) {
  it(`a ${kind} request is read as it was made`, async () => {
    const { publicKey, privateKey } = await generateKeys(kind);
    const { sign } = keySigner(privateKey);
    const pem = await makeCsr({ subjectCommonName: 'AB:12_x-9', publicKey, sign });
    const reading = readCsr(pem);
    if (!reading.ok) throw new Error(reading.message);
    expect(reading.csr.commonName).toBe('AB:12_x-9');
    expect(reading.csr.publicKey.equals(publicKey)).toBe(true);
    expect(reading.csr.spkiDer).toEqual(publicKey.export({ type: 'spki', format: 'der' }));
  });

  it.runIf(hasOpenssl)(withOpenssl(`openssl accepts a ${kind} request`), async () => {
    const { publicKey, privateKey } = await generateKeys(kind);
    const { sign } = keySigner(privateKey);
    const pem = await makeCsr({ subjectCommonName: 'robot-1', publicKey, sign });
    expect(opensslReadsCsr(pem)).toEqual({
      subject: 'CN=robot-1',
      publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }),
    });
  });
}

it('rejects a signature by another key', async () => {
  const { publicKey } = await generateKeys('ec-p256');
  const { sign } = keySigner((await generateKeys('ec-p256')).privateKey);
  await expect(makeCsr({ subjectCommonName: 'robot-1', publicKey, sign })).rejects.toMatchObject({
    code: 'x509-signature',
  });
});

it('rejects unsupported keys and names', async () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const sign = () => Promise.reject(new Error('never called'));
  await expect(
    makeCsr({ subjectCommonName: 'robot-1', publicKey: small.publicKey, sign }),
  ).rejects.toMatchObject({ code: 'x509-key' });
  const { publicKey } = await generateKeys('ec-p256');
  for (const subjectCommonName of ['', 'a'.repeat(65), 'a\nb', 'a\u202eb']) {
    await expect(makeCsr({ subjectCommonName, publicKey, sign })).rejects.toMatchObject({
      code: 'x509-name',
    });
  }
});
