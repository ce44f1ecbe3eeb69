import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { runChild } from '../../hal/linux/child.ts';
import { enginesFolder, tokenEnvironment } from '../../hal/linux/token-environment.ts';
import { openTokenKey, tokenKeys } from '../../hal/linux/token-key.ts';
import type { TokenOptions } from '../../hal/linux/token-options.ts';
import { mintCa } from '../support/cloud-pki.ts';
import { type Mosquitto, startMosquitto } from '../support/token-mosquitto.ts';
import { startRobot } from '../support/token-process.ts';
import { type SoftToken, startSoftToken } from '../support/token-softhsm.ts';
import { certify } from '../support/token-tls.ts';

let token: SoftToken;
let ca: KeyAndCertificate;
let broker: Mosquitto;
beforeAll(async () => {
  token = await startSoftToken();
  ca = await mintCa();
  broker = await startMosquitto(ca);
});
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  await token[Symbol.asyncDispose]();
});

const ways = ['server', 'module'] as const;
const at = (uri: string): Partial<TokenOptions> => ({
  uri: `${uri}?pin-source=file:${token.pinFile}`,
});

async function robotWith(
  change: { token?: Partial<TokenOptions>; setsEnvironment?: boolean } = {},
) {
  const options = token.through('server');
  const { clock: _, ...plain } = { ...options, ...change.token };
  return startRobot({
    name: 'R1',
    port: broker.port,
    serverCa: ca.certificatePem,
    certificate: await certify(ca, await openTokenKey(options), 'R1'),
    token: plain,
    setsEnvironment: change.setsEnvironment ?? true,
  });
}

/** A file with a PIN that is not the token's. */
async function wrongPin(): Promise<{
  file: string;
  options: (way: 'server' | 'module') => TokenOptions;
}> {
  const file = join(token.folder, `wrong-${performance.now()}.pin`);
  await writeFile(file, '00000000', { mode: 0o600 });
  const uri = `pkcs11:token=robot;object=device?pin-source=file:${file}`;
  return { file, options: (way) => token.through(way, 'device', { uri }) };
}

/** The command openssl, and the arguments of its calls. */
async function countedOpenssl(): Promise<{ openssl: string; calls(): Promise<string[]> }> {
  const openssl = join(token.folder, `openssl-${performance.now()}`);
  const seen = `${openssl}.calls`;
  await writeFile(openssl, `#!/bin/sh\necho "$@" >> ${seen}\nexec openssl "$@"\n`, { mode: 0o700 });
  return { openssl, calls: async () => (await readFile(seen, 'utf8')).trim().split('\n') };
}

/** Whether the token remembers a wrong PIN since the last good login. */
const wasWrong = async () =>
  (await token.tool('--list-token-slots')).includes('user PIN count low');

describe.each(ways)('through the %s, an error message says that', (way) => {
  const opened = (change: Partial<TokenOptions>) =>
    openTokenKey(token.through(way, 'device', change));

  it('the token is missing, and which tokens exist', async () => {
    await expect(opened(at('pkcs11:token=other;object=device'))).rejects.toMatchObject({
      code: 'token-missing',
      message: 'the token other does not exist; tokens there: robot',
    });
  });

  it('the key is missing, and which keys exist', async () => {
    await expect(opened(at('pkcs11:token=robot;object=other'))).rejects.toMatchObject({
      code: 'token-key-missing',
      message: expect.stringMatching(
        /^the token robot holds no key other; public keys there: .*device/,
      ),
    });
    await expect(opened(at('pkcs11:token=robot;id=%aa'))).rejects.toMatchObject({
      message: expect.stringMatching(/^the token robot holds no key with id aa;/),
    });
  });

  it('a token or key is missing where none can be listed', async () => {
    const change = { ...at('pkcs11:token=robot;object=other'), pkcs11Tool: '/nowhere/pkcs11-tool' };
    await expect(opened(change)).rejects.toMatchObject({
      code: 'token-key-missing',
      message: 'the token robot holds no key other',
    });
  });

  it('the private half of the key is missing', async () => {
    const label = `half-${way}`;
    await token.makeKey(label, 'EC:prime256v1');
    await token.remove('privkey', label);
    await expect(opened(at(`pkcs11:token=robot;object=${label}`))).rejects.toMatchObject({
      code: 'token-key-missing',
      message: expect.stringContaining('holds the public half of key'),
    });
  });

  it.each([
    ['EC:secp384r1', 'ec secp384r1'],
    ['rsa:1024', 'rsa 1024'],
  ] as const)('a key of kind %s is not supported', async (kind, found) => {
    const label = `other-${way}-${kind.replace(':', '-')}`;
    await token.makeKey(label, kind);
    await expect(opened(at(`pkcs11:token=robot;object=${label}`))).rejects.toMatchObject({
      code: 'token-key-kind',
      message: expect.stringContaining(found),
    });
  });

  it('the PIN is wrong, without showing it', async () => {
    const { file, options } = await wrongPin();
    await expect(openTokenKey(options(way))).rejects.toMatchObject({
      code: 'token-pin',
      message: expect.stringContaining(file),
    });
    await expect(openTokenKey(options(way))).rejects.not.toMatchObject({
      message: expect.stringContaining('00000000'),
    });
    await openTokenKey(token.through(way));
  });

  it('an attribute is unknown to the engine', async () => {
    await expect(opened(at('pkcs11:token=robot;object=device;x-colour=red'))).rejects.toMatchObject(
      { code: 'token-uri' },
    );
  });
});

it('an error message says that the module is invalid', async () => {
  const module = join(token.folder, 'no-module.so');
  await writeFile(module, 'hello');
  const change = { module };
  await expect(openTokenKey(token.through('module', 'device', change))).rejects.toMatchObject({
    code: 'token-module',
  });
});

it('an error message says that openssl is missing', async () => {
  const change = { openssl: '/nowhere/openssl' };
  await expect(openTokenKey(token.through('server', 'device', change))).rejects.toMatchObject({
    code: 'token-openssl',
  });
});

it('a wrong PIN is tried once, until its file changes', async () => {
  const { file, options } = await wrongPin();
  const counted = await countedOpenssl();
  const keys = tokenKeys({ ...options('server'), openssl: counted.openssl });
  const tries = await Promise.allSettled([keys.open('a'), keys.open('b'), keys.create('c')]);
  for (const each of tries) expect(each).toMatchObject({ reason: { code: 'token-pin' } });
  expect(await wasWrong()).toBe(true);
  expect(await counted.calls()).toHaveLength(1);
  // A successful login of another process resets the token's counter.
  await openTokenKey(token.through('server'));
  expect(await wasWrong()).toBe(false);
  await expect(keys.open('a')).rejects.toMatchObject({ code: 'token-pin' });
  expect(await wasWrong()).toBe(false);
  await writeFile(file, '11111111');
  await expect(keys.open('a')).rejects.toMatchObject({ code: 'token-pin' });
  expect(await wasWrong()).toBe(true);
  await openTokenKey(token.through('server'));
});

it('the private key cannot be read from the token', async () => {
  const login = ['--login', '--pin', '12345678'];
  const listed = await token.tool(...login, '--list-objects', '--type', 'privkey');
  expect(listed).toMatch(
    /label: *device[\s\S]*Access: *sensitive, always sensitive, never extractable/,
  );
  const { uri, module, env } = token.through('module');
  const place = { module, enginesDir: await enginesFolder() };
  const pkey = ['pkey', '-engine', 'pkcs11', '-inform', 'engine', '-in', uri];
  const runOpenssl = (...more: string[]) =>
    runChild('openssl', {
      args: [...pkey, ...more],
      env: { ...env, ...tokenEnvironment(place) },
      clock: systemClock,
      deadlineMs: 5000,
    });
  const der = (await runOpenssl('-outform', 'DER')).out;
  // The engine gives a shell of a key (RFC 5915): 32 octets of secret, all zero, and the public key.
  expect(der.includes(Buffer.concat([Buffer.of(0x04, 0x20), Buffer.alloc(32)]))).toBe(true);
});

it('the PIN is in no argument of a child process', async () => {
  const { openssl, calls } = await countedOpenssl();
  await openTokenKey(token.through('server', 'device', { openssl }));
  const text = (await calls()).join('\n');
  expect(text).toContain('pin-source=file:');
  expect(text).not.toContain('12345678');
});

describe('the link of a running agent', () => {
  it('reports a token server that has stopped, and comes up when it is back', async () => {
    await using robot = await robotWith();
    expect(await robot.connect(3)).toMatchObject({ ups: 3, observations: [] });
    for (const _ of ['once', 'and again']) {
      await token.server.kill();
      const { ups, observations } = await robot.connect(3);
      expect(ups).toBe(0);
      for (const each of observations) {
        expect(each).toMatch(/^identity: the token robot cannot be reached through .*p11\.sock$/);
      }
      await token.server.start();
      expect(await robot.connect(5)).toMatchObject({ ups: 5, observations: [] });
    }
  });

  it('comes up when the token server was replaced during a connection', async () => {
    await using robot = await robotWith();
    await robot.hold();
    await token.server.kill();
    await token.server.start();
    await robot.release();
    expect(await robot.connect(3)).toMatchObject({ ups: 3, observations: [] });
  });

  it('comes up when the token server starts later than the agent', async () => {
    await using robot = await robotWith();
    await token.server.kill();
    expect(await robot.connect(1)).toMatchObject({ ups: 0 });
    await token.server.start();
    expect(await robot.connect(3)).toMatchObject({ ups: 3, observations: [] });
  });

  it('reports a wrong PIN, and comes up when its file is corrected', async () => {
    const { file, options } = await wrongPin();
    await using robot = await robotWith({ token: { uri: options('server').uri } });
    const { ups, observations } = await robot.connect(3);
    expect(ups).toBe(0);
    for (const each of observations) expect(each).toMatch(/^identity: .* refuses the PIN in /);
    const good = join(token.folder, 'good.pin');
    await writeFile(good, '12345678', { mode: 0o600 });
    await rename(good, file);
    expect(await robot.connect(1)).toMatchObject({ ups: 1 });
  });

  it('reports that its process does not know the engine', async () => {
    await using robot = await robotWith({ setsEnvironment: false });
    const { ups, observations } = await robot.connect(2);
    expect(ups).toBe(0);
    for (const each of observations)
      expect(each).toMatch(/^identity: OpenSSL cannot load its engine/);
  });

  it('reports a token that hangs when it opens it', async () => {
    await using robot = await robotWith({ token: { deadlineMs: 2000 } });
    token.server.hang(true);
    const { observations } = await robot.connect(1);
    token.server.hang(false);
    expect(observations).toEqual([
      'identity: the token does not answer: openssl: no answer within 2000 ms',
    ]);
    expect(await robot.connect(1)).toMatchObject({ ups: 1 });
  });
});

it('a signature stops when its signal is aborted or its time is over', async () => {
  const key = await openTokenKey(token.through('server', 'device', { deadlineMs: 2000 }));
  token.server.hang(true);
  try {
    const stop = new AbortController();
    const reason = new Error('enough');
    const signed = key.sign(Buffer.from('x'), stop.signal);
    systemClock.after(20, () => stop.abort(reason));
    await expect(signed).rejects.toBe(reason);
    const late = key.sign(Buffer.from('x'), new AbortController().signal);
    await expect(late).rejects.toMatchObject({ code: 'token-timeout' });
  } finally {
    token.server.hang(false);
  }
});
