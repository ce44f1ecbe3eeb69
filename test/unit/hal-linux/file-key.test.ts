import { generateKeyPairSync, verify } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeCsr } from '../../../base/x509/csr.ts';
import { readCsr } from '../../../base/x509/read-csr.ts';
import { createFileKey, openFileKey } from '../../../hal/linux/file-key.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();
const { signal } = new AbortController();
const pkcs8 = { type: 'pkcs8', format: 'pem' } as const;

describe.each(['ec-p256', 'rsa-2048'] as const)('a key of kind %s', (kind) => {
  it('is created once, private, and opened again', async () => {
    const path = join(await folder(), 'device.key');
    const made = await createFileKey(path, kind);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const opened = await openFileKey(path);
    expect(opened.publicKey.equals(made.publicKey)).toBe(true);
    const signature = await opened.sign(Buffer.from('hello'), signal);
    expect(verify('sha256', Buffer.from('hello'), made.publicKey, signature)).toBe(true);
    expect(made.tls().key).toBe(await readFile(path, 'utf8'));
  });

  it('signs requests', async () => {
    const key = await createFileKey(join(await folder(), 'device.key'), kind);
    const pem = await makeCsr({
      subjectCommonName: 'robot-1',
      publicKey: key.publicKey,
      sign: (tbs) => key.sign(tbs, signal),
    });
    expect(readCsr(pem)).toMatchObject({ ok: true, csr: { commonName: 'robot-1' } });
  });
});

it('a key file is never replaced when it exists', async () => {
  const at = await folder();
  const path = join(at, 'device.key');
  await createFileKey(path, 'ec-p256');
  const before = await readFile(path, 'utf8');
  await expect(createFileKey(path, 'ec-p256')).rejects.toMatchObject({ code: 'key-exists' });
  expect(await readFile(path, 'utf8')).toBe(before);
  expect(await readdir(at)).toEqual(['device.key']);
});

it('a key file is created once when many create it at once', async () => {
  const path = join(await folder(), 'device.key');
  const tries = Array.from({ length: 8 }, () => createFileKey(path, 'ec-p256'));
  const made = (await Promise.allSettled(tries)).filter((each) => each.status === 'fulfilled');
  expect(made).toHaveLength(1);
  const opened = await openFileKey(path);
  expect(made[0]?.value.publicKey.equals(opened.publicKey)).toBe(true);
});

it.each([0o640, 0o604, 0o660, 0o777])('a key file with mode %o is rejected', async (mode) => {
  const path = join(await folder(), 'device.key');
  await createFileKey(path, 'ec-p256');
  await chmod(path, mode);
  await expect(openFileKey(path)).rejects.toMatchObject({ code: 'key-permissions' });
});

it.runIf(process.geteuid?.() === 0)(
  'a key file of another user is rejected (root only)',
  async () => {
    const path = join(await folder(), 'device.key');
    await createFileKey(path, 'ec-p256');
    await chown(path, 12345, 12345);
    await expect(openFileKey(path)).rejects.toMatchObject({ code: 'key-permissions' });
  },
);

describe('a file that is no key', () => {
  const locked = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({
    ...pkcs8,
    cipher: 'aes-128-cbc',
    passphrase: 'secret',
  });
  const ed25519 = generateKeyPairSync('ed25519').privateKey.export(pkcs8);
  const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey.export(pkcs8);
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export(pkcs8);
  it.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['text', 'hello'],
    ['a key with a passphrase', locked],
    ['an Ed25519 key', ed25519],
    ['a P-384 key', p384],
    ['a weak key', weak],
  ])('is rejected when it is %s', async (_, content) => {
    const path = join(await folder(), 'device.key');
    await writeFile(path, content, { mode: 0o600 });
    await expect(openFileKey(path)).rejects.toMatchObject({ code: 'key-unreadable' });
  });

  it('is rejected when it is a folder or missing', async () => {
    const path = join(await folder(), 'device.key');
    await expect(openFileKey(path)).rejects.toMatchObject({ code: 'key-missing' });
    await mkdir(path, { mode: 0o700 });
    await expect(openFileKey(path)).rejects.toMatchObject({ code: 'key-unreadable' });
  });
});
