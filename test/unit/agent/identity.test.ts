import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Identity } from '../../../agent/ports.ts';
import type { KeyAndCertificate } from '../../../base/x509/authority.ts';
import { certificateId } from '../../../base/x509/certificates.ts';
import { readCsr } from '../../../base/x509/read-csr.ts';
import { identityIn, signCsr, testCa } from '../../support/agent-identity.ts';
import { folders } from '../../support/pki-folder.ts';

const signal = new AbortController().signal;
const folder = folders();
let ca: KeyAndCertificate;
let dir = '';
let identity: Identity;
beforeAll(async () => {
  ca = await testCa();
});
beforeEach(async () => {
  dir = join(await folder(), 'identity');
  identity = identityIn(dir);
});

const mode = async (...path: string[]) =>
  ((await stat(join(dir, ...path))).mode & 0o777).toString(8);
const provision = async (of = identity) =>
  of.install(await signCsr(ca, (await of.request('new', signal)).csr));

/** The certificate in use; its key must fit. */
async function inUse(): Promise<string> {
  const { cert, key } = (await identity.credentials('current')) as { cert: string; key: string };
  const certificate = new X509Certificate(cert);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  return certificateId(certificate);
}

describe('a request', () => {
  it('is for this robot, with a private key that stays here', async () => {
    const { csr, file } = await identity.request('new', signal);
    expect(readCsr(csr)).toMatchObject({ ok: true, csr: { commonName: 'R1' } });
    expect(await readFile(file, 'utf8')).toBe(csr);
    expect(csr).not.toContain('PRIVATE');
    expect(await mode('pending', 'key.pem')).toBe('600');
    expect([await mode(), await mode('pending')]).toEqual(['700', '700']);
  });

  it('is for the same key when it is made again', async () => {
    const keyOf = async () => {
      const read = readCsr((await identity.request('new', signal)).csr);
      return read.ok ? Buffer.from(read.csr.spkiDer).toString('hex') : read.code;
    };
    expect(await keyOf()).toBe(await keyOf());
  });
});

describe('the first certificate', () => {
  it('is installed with its key', async () => {
    const installed = await provision();
    expect(await inUse()).toBe(installed.certificateId);
    expect(await readlink(join(dir, 'current'))).toBe(
      `pair-${installed.certificateId.slice(0, 16)}`,
    );
    expect(await mode('current', 'key.pem')).toBe('600');
    expect(await readdir(dir)).not.toContain('pending');
  });

  it('is stored with its whole chain', async () => {
    const leaf = await signCsr(ca, (await identity.request('new', signal)).csr);
    await identity.install(`# from the factory\n${leaf}${ca.certificatePem}`);
    expect((await identity.credentials('current')).cert).toContain(ca.certificatePem);
  });

  it('replaces the old one when it is renewed, and leaves nothing of it', async () => {
    await provision();
    const second = await provision();
    expect(await inUse()).toBe(second.certificateId);
    const names = (await readdir(dir)).filter((name) => name.startsWith('pair-'));
    expect(names).toEqual([`pair-${second.certificateId.slice(0, 16)}`]);
  });

  it('is still the old one until the new one is installed', async () => {
    const { certificateId: old } = await provision();
    await identity.request('new', signal);
    expect(await inUse()).toBe(old);
  });
});

describe('an invalid certificate', () => {
  const strangers = async () => {
    const other = identityIn(join(await folder(), 'identity'));
    return signCsr(ca, (await other.request('new', signal)).csr);
  };
  const own = async (name?: string) =>
    signCsr(ca, (await identity.request('new', signal)).csr, name);

  it.each<readonly [string, string, () => Promise<string>]>([
    ['of another robot', 'certificate-foreign', () => own('R2')],
    ['of a robot with a longer name', 'certificate-foreign', () => own('R10')],
    ['of another key', 'certificate-mismatch', strangers],
    [
      'the CA before the leaf',
      'certificate-foreign',
      async () => `${ca.certificatePem}${await own()}`,
    ],
    ['an empty file', 'certificate-unreadable', async () => ''],
    ['text', 'certificate-unreadable', async () => 'hello'],
    ['half a certificate', 'certificate-unreadable', async () => (await own()).slice(0, 300)],
    [
      'a damaged certificate',
      'certificate-unreadable',
      async () => (await own()).replace(/\n.{20}/, `\n${'A'.repeat(20)}`),
    ],
  ])('is rejected without a change: %s: %s', async (_name, code, chain) => {
    await identity.request('new', signal);
    await expect(identity.install(await chain())).rejects.toMatchObject({ code });
    expect(await readdir(dir)).toEqual(['pending']);
    await expect(identity.credentials('current')).rejects.toMatchObject({ code: 'no-identity' });
  });

  it('is rejected with no-request when none was requested', async () => {
    await expect(identity.install(await strangers())).rejects.toMatchObject({ code: 'no-request' });
  });

  it('is reported with no-identity and what to do when there is none', async () => {
    await expect(identity.credentials('current')).rejects.toMatchObject({
      code: 'no-identity',
      hint: expect.stringContaining('provision'),
    });
  });

  it('is not used when the configuration names another robot', async () => {
    await provision();
    const other = identityIn(dir, 'R9');
    await expect(other.credentials('current')).rejects.toMatchObject({
      code: 'certificate-foreign',
      message: 'the certificate is for R1, this is R9',
    });
  });
});
