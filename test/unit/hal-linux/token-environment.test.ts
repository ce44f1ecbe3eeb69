import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkPlace,
  enginesFolder,
  tokenEnvironment,
} from '../../../hal/linux/token-environment.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();

/** A file system of its own with an engine in this folder. */
async function rootWith(...places: string[]): Promise<string> {
  const root = await folder();
  for (const place of places) {
    await mkdir(join(root, place), { recursive: true });
    await writeFile(join(root, place, 'pkcs11.so'), '');
  }
  return root;
}

describe('the environment that OpenSSL reads', () => {
  const place = { module: '/m.so', enginesDir: '/e' };

  it('names engines and module, and the socket if there is one', () => {
    expect(tokenEnvironment(place)).toEqual({ OPENSSL_ENGINES: '/e', PKCS11_MODULE_PATH: '/m.so' });
    expect(tokenEnvironment({ ...place, socket: '/run/p11.sock' })).toEqual({
      OPENSSL_ENGINES: '/e',
      PKCS11_MODULE_PATH: '/m.so',
      P11_KIT_SERVER_ADDRESS: 'unix:path=/run/p11.sock',
    });
  });
});

describe('the folder of the engines', () => {
  it.each([
    ['x64', 'usr/lib/x86_64-linux-gnu/engines-3'],
    ['arm64', 'usr/lib/aarch64-linux-gnu/engines-3'],
    ['arm', 'usr/lib/arm-linux-gnueabihf/engines-3'],
    ['x64', 'usr/lib64/engines-3'],
    ['riscv64', 'usr/lib/engines-3'],
  ])('%s: %s', async (arch, place) => {
    const root = await rootWith(place);
    expect(await enginesFolder(arch, root)).toBe(join(root, place));
  });

  it("is the one of this machine's architecture", async () => {
    const root = await rootWith(
      'usr/lib/aarch64-linux-gnu/engines-3',
      'usr/lib/x86_64-linux-gnu/engines-3',
    );
    expect(await enginesFolder('arm64', root)).toContain('aarch64');
  });

  it('is reported missing with the name of its package', async () => {
    await expect(enginesFolder('x64', await folder())).rejects.toMatchObject({
      code: 'token-engine',
      hint: expect.stringContaining('libengine-pkcs11-openssl'),
    });
  });
});

it('engine and module are checked before they are used', async () => {
  const root = await rootWith('e');
  const enginesDir = join(root, 'e');
  const module = join(enginesDir, 'pkcs11.so');
  await checkPlace({ enginesDir, module });
  await expect(checkPlace({ enginesDir: root, module })).rejects.toMatchObject({
    code: 'token-engine',
  });
  await expect(checkPlace({ enginesDir, module: '/nowhere.so' })).rejects.toMatchObject({
    code: 'token-module',
    message: expect.stringContaining('/nowhere.so'),
  });
});
