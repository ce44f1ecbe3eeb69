import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { readChain } from '../../../base/x509/certificates.ts';
import { createKeyFile } from '../../../base/x509/key-file.ts';
import { folders } from '../../support/pki-folder.ts';
import { hasOpenssl, openssl, withOpenssl } from '../../support/pki-openssl.ts';
import { robotRequest, runFactory } from '../../support/pki-station.ts';

const folder = folders();
let dir = '';
let out = '';
const sign = (csr: string, serial: string) =>
  runFactory('sign', '--dir', join(dir, 'ca'), '--csr', csr, '--serial', serial, '--out', out);

beforeEach(async () => {
  dir = await folder();
  out = join(dir, 'out.crt');
});

describe('factory init', () => {
  it('makes a CA with a private key, and warns that it is a software CA', async () => {
    const ran = await runFactory('init', '--dir', join(dir, 'ca'), '--name', 'Maker CA');
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(ran.err).toContain('WARNING: SOFTWARE CA');
    const certificate = new X509Certificate(await readFile(join(dir, 'ca/ca.crt')));
    expect(certificate.subject).toBe('CN=Maker CA');
    expect(certificate.ca).toBe(true);
    const mode = async (path: string) => (await stat(join(dir, path))).mode & 0o777;
    expect(await mode('ca/private')).toBe(0o700);
    expect(await mode('ca/private/ca.key')).toBe(0o600);
  });

  it('keeps an existing CA', async () => {
    await runFactory('init', '--dir', join(dir, 'ca'));
    const before = await readFile(join(dir, 'ca/ca.crt'), 'utf8');
    const ran = await runFactory('init', '--dir', join(dir, 'ca'), '--name', 'Other');
    expect(ran).toMatchObject({ exitCode: 0, out: expect.stringContaining('not changed') });
    expect(await readFile(join(dir, 'ca/ca.crt'), 'utf8')).toBe(before);
  });

  it('continues with the key of an interrupted init', async () => {
    await mkdir(join(dir, 'ca/private'), { recursive: true });
    const key = await createKeyFile(join(dir, 'ca/private/ca.key'), 'ec-p256');
    expect(await runFactory('init', '--dir', join(dir, 'ca'))).toMatchObject({ exitCode: 0 });
    const certificate = new X509Certificate(await readFile(join(dir, 'ca/ca.crt')));
    expect(certificate.checkPrivateKey(key)).toBe(true);
  });

  it('makes one CA when two run at once', async () => {
    const both = [1, 2].map(() => runFactory('init', '--dir', join(dir, 'ca')));
    for (const ran of await Promise.all(both)) expect(ran.exitCode).toBe(0);
    const request = await robotRequest(dir, { serial: 'robot-1' });
    expect(await sign(request.path, 'robot-1')).toMatchObject({ exitCode: 0 });
  });

  it('rejects an invalid name', async () => {
    const ran = await runFactory('init', '--dir', join(dir, 'ca'), '--name', 'a'.repeat(65));
    expect(ran).toMatchObject({ exitCode: 2, err: expect.stringContaining('--name') });
  });
});

describe('factory sign', () => {
  beforeEach(() => runFactory('init', '--dir', join(dir, 'ca')));

  it.each(['ec-p256', 'rsa-2048'] as const)('gives a chain for a %s request', async (kind) => {
    const request = await robotRequest(dir, { serial: 'AB:1_x-2', kind });
    expect(await sign(request.path, 'AB:1_x-2')).toMatchObject({ exitCode: 0, err: '' });
    const [leaf, ca] = readChain(await readFile(out, 'utf8')) ?? [];
    expect(leaf?.subject).toBe('CN=AB:1_x-2');
    expect(leaf?.checkPrivateKey(request.privateKey)).toBe(true);
    expect(ca && leaf?.checkIssued(ca) && leaf.verify(ca.publicKey)).toBe(true);
    expect(ca?.toString()).toBe(await readFile(join(dir, 'ca/ca.crt'), 'utf8'));
  });

  it.runIf(hasOpenssl)(withOpenssl('satisfies openssl, strictly'), async () => {
    const request = await robotRequest(dir, { serial: 'robot-1' });
    await sign(request.path, 'robot-1');
    const args = ['-x509_strict', '-purpose', 'sslclient', '-CAfile', join(dir, 'ca/ca.crt')];
    expect(openssl(['verify', ...args, out])).toEqual({ isOk: true, text: `${out}: OK\n` });
  });

  it('gives the same certificate again', async () => {
    const request = await robotRequest(dir, { serial: 'robot-1' });
    await sign(request.path, 'robot-1');
    const first = await readFile(out, 'utf8');
    const ran = await sign(request.path, 'robot-1');
    expect(ran).toMatchObject({ exitCode: 0, out: expect.stringContaining('same certificate') });
    expect(await readFile(out, 'utf8')).toBe(first);
  });

  it('rejects a second key for a serial and records it once', async () => {
    const first = await robotRequest(dir, { serial: 'robot-1' });
    const second = await robotRequest(dir, { serial: 'robot-1', file: 'second.csr' });
    await sign(first.path, 'robot-1');
    const chain = await readFile(out, 'utf8');
    for (let time = 0; time < 2; time++) {
      const ran = await sign(second.path, 'robot-1');
      expect(ran).toMatchObject({ exitCode: 1, err: expect.stringContaining('(second-key)') });
    }
    expect(await readFile(out, 'utf8')).toBe(chain);
    expect(await readdir(join(dir, 'ca/quarantine'))).toHaveLength(1);
    expect(await sign(first.path, 'robot-1')).toMatchObject({ exitCode: 0 });
  });

  it('prints one clear line for each error, and changes nothing', async () => {
    const request = await robotRequest(dir, { serial: 'robot-1' });
    const broken = join(dir, 'broken.csr');
    await writeFile(broken, request.csrPem.replace('MIH', 'MIG'));
    const huge = join(dir, 'huge.csr');
    await writeFile(huge, 'A'.repeat(1_000_000));
    const cases: [csr: string, serial: string, exitCode: number, code: string][] = [
      [join(dir, 'nothing'), 'robot-1', 1, 'csr-unreadable'],
      [dir, 'robot-1', 1, 'csr-unreadable'],
      [join(dir, 'ca/ca.crt'), 'robot-1', 1, 'csr-pem'],
      [huge, 'robot-1', 1, 'csr-too-large'],
      [broken, 'robot-1', 1, 'csr-'],
      [request.path, 'robot-2', 1, 'serial-mismatch'],
      [request.path, 'robot 1', 2, 'usage'],
      [request.path, 'r'.repeat(65), 2, 'usage'],
      [request.path, '../robot-1', 2, 'usage'],
    ];
    for (const [csr, serial, exitCode, code] of cases) {
      const ran = await sign(csr, serial);
      expect(ran.exitCode, ran.err).toBe(exitCode);
      expect(ran.err).toMatch(new RegExp(`^factory: [^\\n]*\\(${code}[a-z-]*\\)$`));
      expect(ran.out).toBe('');
    }
    expect(await readdir(join(dir, 'ca/journal'))).toEqual([]);
    await expect(stat(out)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['private/ca.key', 'ca.crt', 'journal/x', 'private/../private/ca.key'])(
    "does not overwrite the station's files: %s",
    async (name) => {
      await runFactory('init', '--dir', join(dir, 'ca'));
      const own = ['ca/private/ca.key', 'ca/ca.crt'].map((path) => join(dir, path));
      const content = () => Promise.all(own.map((path) => readFile(path, 'utf8')));
      const before = await content();
      out = `${dir}/ca/${name}`;
      const request = await robotRequest(dir, { serial: 'robot-1' });
      expect(await sign(request.path, 'robot-1')).toMatchObject({
        exitCode: 2,
        err: expect.stringContaining("the station's own files"),
      });
      expect(await content()).toEqual(before);
    },
  );

  it.each([
    { at: 'ca', to: 'other/ca.crt' },
    { at: 'ca', to: 'other/private/new' },
    { at: 'other', to: 'ca/journal/x' },
  ])('does not overwrite the station that has a second name: $at, $to', async ({ at, to }) => {
    await runFactory('init', '--dir', join(dir, 'ca'));
    await symlink('ca', join(dir, 'other'));
    const before = await readFile(join(dir, 'ca/ca.crt'), 'utf8');
    const ran = await runFactory('crl', '--dir', join(dir, at), '--out', join(dir, to));
    expect(ran).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining("the station's own files"),
    });
    expect(await readFile(join(dir, 'ca/ca.crt'), 'utf8')).toBe(before);
  });

  it("does not continue without the CA's own key", async () => {
    const request = await robotRequest(dir, { serial: 'robot-1' });
    const key = join(dir, 'ca/private/ca.key');
    await rm(key);
    expect(await sign(request.path, 'robot-1')).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('(key-missing)'),
    });
    await createKeyFile(key, 'ec-p256');
    expect(await sign(request.path, 'robot-1')).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('(ca-mismatch)'),
    });
  });

  it('returns the recorded certificate even when the chain could not be written', async () => {
    const request = await robotRequest(dir, { serial: 'robot-1' });
    // A name that is just short enough for a file leaves no room for the temporary one beside it.
    const longest = join(dir, 'x'.repeat(250));
    const args = ['--dir', join(dir, 'ca'), '--csr', request.path, '--serial', 'robot-1'];
    expect(await runFactory('sign', ...args, '--out', longest)).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('(out-unwritable)'),
    });
    const ran = await sign(request.path, 'robot-1');
    expect(ran).toMatchObject({ exitCode: 0, out: expect.stringContaining('same certificate') });
  });
});

describe('factory journal', () => {
  it('lists what was issued and quarantined, and what it cannot read', async () => {
    await runFactory('init', '--dir', join(dir, 'ca'));
    await sign((await robotRequest(dir, { serial: 'robot-1' })).path, 'robot-1');
    await sign((await robotRequest(dir, { serial: 'robot-1' })).path, 'robot-1');
    const list = await runFactory('journal', '--dir', join(dir, 'ca'));
    expect(list.exitCode).toBe(0);
    expect(list.out).toMatch(/issued +robot-1 .*\n.*QUARANTINED +robot-1 /);
    const json = await runFactory('journal', '--dir', join(dir, 'ca'), '--json');
    const lines = json.out.split('\n').map((line): unknown => JSON.parse(line));
    expect(lines).toMatchObject([
      { kind: 'issued', serial: 'robot-1' },
      { kind: 'quarantined', serial: 'robot-1' },
    ]);
    await writeFile(join(dir, 'ca/journal/torn.json'), '{"v":1,');
    const torn = await runFactory('journal', '--dir', join(dir, 'ca'));
    expect(torn).toMatchObject({ exitCode: 1, err: expect.stringContaining('(journal-corrupt)') });
    expect(torn.out).toBe(list.out);
  });

  it('creates nothing in a folder without CA', async () => {
    const ran = await runFactory('journal', '--dir', dir);
    expect(ran).toMatchObject({ exitCode: 1, err: expect.stringContaining('(ca-missing)') });
    expect(await readdir(dir)).toEqual([]);
  });
});

it('main.ts runs as a program', () => {
  const main = fileURLToPath(new URL('../../../factory/main.ts', import.meta.url));
  const made = spawnSync(process.execPath, [main, 'init', '--dir', join(dir, 'ca')], {
    encoding: 'utf8',
  });
  expect(made).toMatchObject({ status: 0, stdout: `CA made: ${join(dir, 'ca/ca.crt')}\n` });
  const refused = spawnSync(process.execPath, [main, 'sign', '--dir', dir], { encoding: 'utf8' });
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain('--csr is missing');
});
