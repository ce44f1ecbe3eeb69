import { X509Certificate } from 'node:crypto';
import { chmod, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { isSignedBy } from '../../base/x509/algorithms.ts';
import { openTokenSigner } from '../../factory/token-signer.ts';
import { folders } from '../support/pki-folder.ts';
import { type Ran, robotRequest, runFactory, runFactoryProgram } from '../support/pki-station.ts';
import {
  changePin,
  cutSessions,
  keyAttributes,
  makeForeignKey,
  type SoftToken,
  softToken,
  strictVerify,
} from '../support/pki-token.ts';

const folder = folders();
let dir = '';
let ca = '';
let token: SoftToken;
const factory = (...argv: string[]): Promise<Ran> => runFactoryProgram(token.env, ...argv);
const init = (...more: string[]) => factory('init', '--dir', ca, ...token.options, ...more);
const place = () => ({ module: token.module, tokenLabel: token.label, keyLabel: 'pilotfish-ca' });

async function sign(serial: string, kind: 'ec-p256' | 'rsa-2048' = 'ec-p256'): Promise<Ran> {
  const { path } = await robotRequest(dir, { serial, kind });
  const out = join(dir, `${serial}.crt`);
  const names = ['--dir', ca, '--csr', path, '--serial', serial, '--out', out];
  return factory('sign', ...names, '--pin-file', token.pinFile);
}

beforeEach(async () => {
  dir = await folder();
  ca = join(dir, 'ca');
  token = await softToken(dir);
  process.env['SOFTHSM2_CONF'] = token.env['SOFTHSM2_CONF'];
});

describe.each(['ec-p256', 'ec-p384', 'rsa-3072'] as const)('a %s CA in a token', (kind) => {
  it('issues certificates that openssl accepts by its strictest rules, and its key cannot be read', async () => {
    expect(await init('--key', kind)).toMatchObject({ exitCode: 0, err: '' });
    for (const robot of ['ec-p256', 'rsa-2048'] as const) {
      expect(await sign(`robot-${robot}`, robot)).toMatchObject({ exitCode: 0, err: '' });
      const chain = join(dir, `robot-${robot}.crt`);
      const said = strictVerify(join(ca, 'ca.crt'), chain);
      expect(said).toEqual({ isOk: true, text: `${chain}: OK\n` });
    }
    const secret = kind === 'rsa-3072' ? 'CKA_PRIVATE_EXPONENT' : 'CKA_VALUE';
    const flags = ['CKA_SENSITIVE', 'CKA_EXTRACTABLE', 'CKA_NEVER_EXTRACTABLE'] as const;
    const seen = keyAttributes(token, 'pilotfish-ca', [secret, ...flags]);
    expect(seen).toEqual(['CKR_ATTRIBUTE_SENSITIVE', '01', '00', '01']);
  });
});

describe.each(['ec-p256', 'ec-p384', 'rsa-3072'] as const)('a %s CA in a file', (kind) => {
  it('issues certificates that openssl accepts by its strictest rules', async () => {
    expect((await runFactory('init', '--dir', ca, '--key', kind)).exitCode).toBe(0);
    for (const robot of ['ec-p256', 'rsa-2048'] as const) {
      const { path } = await robotRequest(dir, { serial: 'R-1', kind: robot, file: 'r.csr' });
      const out = join(dir, `${robot}.crt`);
      const folderNow = join(dir, robot);
      await runFactory('init', '--dir', folderNow, '--key', kind);
      const names = ['--csr', path, '--serial', 'R-1', '--out', out];
      expect(await runFactory('sign', '--dir', folderNow, ...names)).toMatchObject({ exitCode: 0 });
      const said = strictVerify(join(folderNow, 'ca.crt'), out);
      expect(said).toEqual({ isOk: true, text: `${out}: OK\n` });
    }
  });
});

describe('factory init with a token', () => {
  it('stores no key and no PIN in its folder, and prints no warning', async () => {
    const ran = await init();
    expect(ran.out).toContain('its key: token "maker-ca", key "pilotfish-ca" (ec-p256)');
    expect(await readdir(ca)).toEqual(['ca.crt', 'ca.json', 'private']);
    expect(await readdir(join(ca, 'private'))).toEqual(['journal.db']);
    expect(JSON.parse(await readFile(join(ca, 'ca.json'), 'utf8'))).toEqual({ v: 1, ...place() });
  });

  it('keeps an existing CA, and uses an existing key', async () => {
    await init();
    const before = await readFile(join(ca, 'ca.crt'), 'utf8');
    expect((await init()).out).toContain('not changed');
    expect(await readFile(join(ca, 'ca.crt'), 'utf8')).toBe(before);
    // An init that was interrupted before the certificate continues with the key in the token.
    await rename(join(ca, 'ca.crt'), join(dir, 'old.crt'));
    expect(await factory('init', '--dir', ca, '--pin-file', token.pinFile)).toMatchObject({
      exitCode: 0,
    });
    const [old, now] = await Promise.all(
      [join(dir, 'old.crt'), join(ca, 'ca.crt')].map(async (path) => readFile(path)),
    );
    const keyOf = (pem = Buffer.alloc(0)) => new X509Certificate(pem).publicKey;
    expect(keyOf(old).equals(keyOf(now))).toBe(true);
  });

  it.each<[string, () => Promise<Ran>, string]>([
    ['no PIN file', () => factory('init', '--dir', ca, ...token.options.slice(0, 4)), 'usage'],
    [
      'a token of another name',
      () => factory('init', '--dir', ca, ...token.options, '--token-label', 'nobody'),
      'config-pkcs11-token',
    ],
    [
      'an invalid module',
      () => factory('init', '--dir', ca, ...token.options, '--pkcs11-module', '/etc/hostname'),
      'config-pkcs11-module',
    ],
    [
      'a key of another kind',
      async () => {
        await init();
        return otherFolder('ec-p384');
      },
      'pkcs11-key-kind',
    ],
    [
      'a key that could leave the token',
      async () => {
        makeForeignKeyHere(true);
        return init();
      },
      'pkcs11-key-unsafe',
    ],
    [
      'two keys of one name',
      async () => {
        makeForeignKeyHere(false);
        makeForeignKeyHere(false);
        return init();
      },
      'pkcs11-key-ambiguous',
    ],
  ])('explains the error: %s', async (_, run, code) => {
    const ran = await run();
    expect(ran.exitCode).toBe(/^(usage|config)/.test(code) ? 2 : 1);
    expect(ran.err).toMatch(new RegExp(`^factory: [^\\n]+ \\(${code}\\)(\\n  [^\\n]+)?$`));
    if (code === 'config-pkcs11-token') expect(ran.err).toContain('"maker-ca"');
  });

  const otherFolder = (kind: string) =>
    factory('init', '--dir', join(dir, 'other'), ...token.options, '--key', kind);
  const makeForeignKeyHere = (isExtractable: boolean) =>
    makeForeignKey(token, 'pilotfish-ca', isExtractable);
});

describe('the PIN', () => {
  it('is tried once and appears in no message when it is wrong', async () => {
    await init();
    const wrong = join(dir, 'wrong');
    await writeFile(wrong, '31337-wrong\n', { mode: 0o600 });
    token = { ...token, pinFile: wrong };
    const ran = await sign('robot-1');
    expect(ran).toMatchObject({ exitCode: 2, out: '' });
    expect(ran.err).toMatch(/refuses the PIN .*\(config-pkcs11-pin\)/);
    expect(ran.err).not.toContain('31337');
  });

  it('is only read from a file of one line that only its owner can read', async () => {
    await init();
    await chmod(token.pinFile, 0o640);
    expect((await sign('robot-1')).err).toMatch(/mode is 0640, expected 0600 \(config-pin-file\)/);
    await chmod(token.pinFile, 0o600);
    for (const content of ['', '1234\n5678\n', 'x'.repeat(300)]) {
      await writeFile(token.pinFile, content);
      expect((await sign('robot-1')).err).toMatch(/one line with the PIN \(config-pin-file\)/);
    }
    token = { ...token, pinFile: join(dir, 'nothing') };
    expect((await sign('robot-1')).err).toContain('(config-pin-file)');
  });

  it('is required for a token, and rejected without one', async () => {
    await init();
    const { path } = await robotRequest(dir, { serial: 'r' });
    const names = ['--csr', path, '--serial', 'r', '--out', join(dir, 'r.crt')];
    expect((await factory('sign', '--dir', ca, ...names)).err).toContain('--pin-file is missing');
    await factory('init', '--dir', join(dir, 'soft'));
    const ran = await factory('sign', '--dir', join(dir, 'soft'), ...names, ...token.options);
    expect(ran.err).toContain('(config-ca-key)');
  });
});

describe('a signer on a token', () => {
  const tbs = Buffer.from('to be signed');

  it('signs in parallel, and recovers after all its sessions were cut', async () => {
    const signer = await openTokenSigner(place(), token.pin, { make: 'ec-p256' });
    for (let round = 0; round < 3; round++) {
      const signatures = await Promise.all(Array.from({ length: 50 }, () => signer.sign(tbs)));
      const { algorithm, publicKey } = signer;
      const good = signatures.filter((signature) =>
        isSignedBy(publicKey, { algorithm, data: tbs, signature }),
      );
      expect(good).toHaveLength(50);
      cutSessions(token);
    }
    await signer.close();
    await expect(signer.sign(tbs)).rejects.toMatchObject({ code: 'pkcs11-unavailable' });
  });

  it('never tries a rejected PIN again, even when it would be right', async () => {
    const signer = await openTokenSigner(place(), token.pin, { make: 'ec-p256' });
    const refused = { code: 'config-pkcs11-pin' };
    changePin(token, token.pin, 'another-pin');
    cutSessions(token);
    await expect(signer.sign(tbs)).rejects.toMatchObject(refused);
    const changed = { ...token, pin: 'another-pin' };
    changePin(changed, 'another-pin', token.pin);
    await expect(signer.sign(tbs)).rejects.toMatchObject(refused);
    await signer.close();
    const again = await openTokenSigner(place(), token.pin);
    expect(again.publicKey.equals(signer.publicKey)).toBe(true);
    await again.close();
  });

  it('reports a missing token, and signs again when the token is back', async () => {
    const signer = await openTokenSigner(place(), token.pin, { make: 'ec-p384' });
    cutSessions(token);
    await rename(join(dir, 'tokens'), join(dir, 'away'));
    for (let time = 0; time < 2; time++) {
      await expect(signer.sign(tbs)).rejects.toMatchObject({
        code: 'pkcs11-unavailable',
      });
    }
    await rename(join(dir, 'away'), join(dir, 'tokens'));
    const signature = await signer.sign(tbs);
    const { algorithm, publicKey } = signer;
    expect(isSignedBy(publicKey, { algorithm, data: tbs, signature })).toBe(true);
    await signer.close();
  });
});

it('four station processes sign in parallel on one token', async () => {
  await init();
  const ran = await Promise.all(['a', 'b', 'c', 'd'].map((name) => sign(`robot-${name}`)));
  expect(ran.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
});

it('a machine without the library gets a clear error', async () => {
  const hide = join(dir, 'hide.mjs');
  await writeFile(
    hide,
    `import { registerHooks } from 'node:module';
     registerHooks({ resolve(name, context, next) {
       if (name === 'pkcs11js') throw Object.assign(new Error('hidden'), { code: 'ERR_MODULE_NOT_FOUND' });
       return next(name, context);
     } });`,
  );
  const ran = await runFactoryProgram(
    { ...token.env, NODE_OPTIONS: `--import=${hide}` },
    'init',
    '--dir',
    ca,
    ...token.options,
  );
  expect(ran.err).toMatch(/not here, or not built.*\(pkcs11-missing\)\n {2}.*npm rebuild pkcs11js/);
});
