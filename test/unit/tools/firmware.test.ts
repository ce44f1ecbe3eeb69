import { execFile } from 'node:child_process';
import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { check } from '../../../protocol/codec.ts';
import {
  buildAgentBundle,
  buildCrashingBundle,
  buildTimeMs,
} from '../../../tools/firmware/bundle.ts';
import { createSigningKey, keyIdOf, signFirmware } from '../../../tools/firmware/sign.ts';

const execute = promisify(execFile);
const tool = join(import.meta.dirname, '..', '..', '..', 'tools', 'firmware', 'main.ts');
const node = (...args: string[]) => execute(process.execPath, args);

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pilotfish-firmware-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Bundles a program of its own in place of the agent. */
async function bundle(
  source: string,
  build = buildAgentBundle,
  { version = '1.2.3', builtMs = 0 } = {},
) {
  const entry = join(folder, 'entry.ts');
  await writeFile(entry, source);
  return build({ version, builtMs, out: join(folder, 'slot', 'agent.cjs'), entry });
}

const hello = `#!/usr/bin/env node
  import { basename } from 'node:path';
  declare const __PILOTFISH_VERSION__: string;
  console.log(JSON.stringify({
    version: __PILOTFISH_VERSION__,
    url: new URL('.', import.meta.url).pathname,
    dirname: import.meta.dirname,
    filename: basename(import.meta.filename),
    more: process.argv.slice(2),
  }));`;

describe('a bundle', () => {
  it('is one file that runs anywhere, and knows its version and location', async () => {
    const { path } = await bundle(hello);
    const { stdout } = await node(path, 'run', '--config', 'x');
    expect(JSON.parse(stdout)).toEqual({
      version: '1.2.3',
      url: `${folder}/slot/`,
      dirname: `${folder}/slot`,
      filename: 'agent.cjs',
      more: ['run', '--config', 'x'],
    });
  });

  it('is the same for the same sources and options, and different for another version', async () => {
    const [one, again, other] = [
      await bundle(hello, buildAgentBundle, { builtMs: 5 }),
      await bundle(hello, buildAgentBundle, { builtMs: 5 }),
      await bundle(hello, buildAgentBundle, { builtMs: 5, version: '1.2.4' }),
    ];
    expect(again).toEqual(one);
    expect(other.sha256).not.toBe(one.sha256);
    expect(one.length).toBe((await stat(one.path)).size);
  });

  it.each([0, 1_780_000_000_000])('contains its build time %i', async (builtMs) => {
    const source = 'console.log(typeof __PILOTFISH_BUILT_MS__, __PILOTFISH_BUILT_MS__);';
    const { path } = await bundle(source, buildAgentBundle, { builtMs });
    expect((await node(path)).stdout).toBe(`number ${builtMs}\n`);
  });

  it.each([
    [{}, 1_790_000_000_123],
    [{ SOURCE_DATE_EPOCH: '' }, 1_790_000_000_123],
    [{ SOURCE_DATE_EPOCH: '1780000000' }, 1_780_000_000_000],
  ])('is built at the time %j, or now without one', (env, ms) => {
    expect(buildTimeMs(env, { wallMs: () => 1_790_000_000_122.7 })).toBe(ms);
  });

  it.each(['yesterday', '-1', '1e9', '1780000000000'])(
    'is rejected with the build time %s',
    (given) => {
      expect(() => buildTimeMs({ SOURCE_DATE_EPOCH: given }, { wallMs: () => 0 })).toThrow(
        expect.objectContaining({ code: 'config-source-date' }),
      );
    },
  );

  it('crashes before its first statement when it is built to crash', async () => {
    const { path } = await bundle(hello, buildCrashingBundle);
    await expect(node(path)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('this build crashes at boot, on purpose'),
    });
  });

  it('contains the agent itself', async () => {
    const { path } = await buildAgentBundle({ version: '4.5.6', out: join(folder, 'agent.cjs') });
    expect((await node(path, '--version')).stdout).toBe('4.5.6\n');
  });

  it.each([
    ['a top-level await', 'await import("node:fs");', /[Tt]op-level await/],
    ['another use of import.meta', 'console.log(import.meta.resolve("x"));', /import\.meta/],
    ['an import that leads nowhere', 'import "./nowhere.ts";', /nowhere/],
  ])('contains none of %s', async (_what, source, why) => {
    const building = bundle(source);
    await expect(building).rejects.toMatchObject({ code: 'bundle-failed' });
    await expect(building).rejects.toHaveProperty('cause.message', expect.stringMatching(why));
  });
});

const manifest = {
  v: 1,
  hardwareId: 'sim-board-1',
  version: '1.2.3',
  securityCounter: 4,
  length: 10,
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  expiresMs: 1_802_044_800_000,
} as const;

describe('a signed manifest', () => {
  it('is an envelope whose signature covers kind and payload', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const signed = signFirmware({ manifest, privateKey });
    expect(check('SignedManifest', signed).ok).toBe(true);
    const payload = Buffer.from(signed.payload, 'base64');
    expect(JSON.parse(payload.toString())).toEqual(manifest);

    // The bytes that DSSE has signed, written out here without the help of `protocol/`.
    const type = 'application/vnd.pilotfish.firmware+json';
    const signedBytes = (kind: string, body: Buffer) =>
      Buffer.from(`DSSEv1 ${kind.length} ${kind} ${body.length} ${body.toString()}`);
    const sig = Buffer.from(signed.signatures[0]?.sig ?? '', 'base64');
    expect(signed.payloadType).toBe(type);
    expect(verify(null, signedBytes(type, payload), publicKey, sig)).toBe(true);
    expect(verify(null, signedBytes('text/plain', payload), publicKey, sig)).toBe(false);
    expect(verify(null, payload, publicKey, sig)).toBe(false);
  });

  // RFC 8410, section 10.1: the example Ed25519 public key; its name is the SHA-256 of these 44 bytes.
  it("names its key by the digest of the key's SubjectPublicKeyInfo", () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const keyid = keyIdOf(publicKey);
    expect(keyid).toMatch(/^[0-9a-f]{64}$/);
    expect(signFirmware({ manifest, privateKey }).signatures[0]?.keyid).toBe(keyid);
    expect(keyIdOf(generateKeyPairSync('ed25519').publicKey)).not.toBe(keyid);
  });

  it('is made with a key that only its owner can read', async () => {
    const keys = await createSigningKey(join(folder, 'keys'));
    expect((await stat(keys.privateKeyFile)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'keys'))).mode & 0o777).toBe(0o700);
    expect(await readFile(keys.privateKeyFile, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(await readFile(keys.publicKeyFile, 'utf8')).toMatch(/^-----BEGIN PUBLIC KEY-----/);
  });

  it('is never written over another key', async () => {
    const kept = join(folder, 'kept');
    const { privateKeyFile } = await createSigningKey(kept);
    const before = await readFile(privateKeyFile, 'utf8');
    await expect(createSigningKey(kept)).rejects.toMatchObject({ code: 'key-exists' });
    expect(await readFile(privateKeyFile, 'utf8')).toBe(before);
  });
});

describe('the command line', () => {
  it('makes a key, and signs an image with it', async () => {
    const image = join(folder, 'image');
    const out = join(folder, 'manifest.json');
    await writeFile(image, 'abc');
    const keys = JSON.parse((await node(tool, 'keygen', '--dir', join(folder, 'desk'))).stdout);
    const options = ['--image', image, '--key', keys.privateKeyFile, '--out', out];
    const more = ['--hardware-id', 'sim-board-1', '--version', '2.0.0', '--security-counter', '7'];
    const { stdout } = await node(tool, 'sign', ...options, ...more);
    expect(JSON.parse(stdout)).toMatchObject({
      hardwareId: 'sim-board-1',
      version: '2.0.0',
      securityCounter: 7,
      length: 3,
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
    const signed = JSON.parse(await readFile(out, 'utf8'));
    expect(signed.signatures[0].keyid).toBe(keys.keyid);
    expect(Buffer.from(signed.payload, 'base64').toString()).toBe(stdout.trim());
  });

  it.each([
    ['no key', 'hello', /holds no Ed25519 private key/],
    [
      'the public key',
      '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n',
      /holds no Ed25519/,
    ],
  ])('rejects %s in one line that does not quote it', async (_what, content, line) => {
    const key = join(folder, 'key.pem');
    await writeFile(key, content);
    const options = ['--image', key, '--key', key, '--out', join(folder, 'm.json')];
    const signing = node(tool, 'sign', ...options, '--hardware-id', 'b', '--version', '1');
    await expect(signing).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(line),
    });
    await expect(signing).rejects.toMatchObject({ stderr: expect.not.stringContaining('MCow') });
  });
});
