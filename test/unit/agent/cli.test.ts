import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { commands, type Parts } from '../../../agent/cli/commands.ts';
import { runCli } from '../../../base/cli.ts';
import { systemClock } from '../../../base/clock.ts';
import { PilotfishError } from '../../../base/errors.ts';
import { certificateId } from '../../../base/x509/certificates.ts';
import { identityIn, signCsr, testCa } from '../../support/agent-identity.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();
let dir = '';
let config = '';
beforeEach(async () => {
  dir = await folder();
  config = join(dir, 'robot.json');
  const settings = { robot: 'R1', dataDir: 'data', cloudHost: 'cloud', cloudCa: 'ca.pem' };
  await writeFile(config, JSON.stringify(settings));
});

async function run(argv: readonly string[], change: Partial<Parts> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const parts: Parts = {
    env: {},
    clock: systemClock,
    identity: ({ dataDir, robot }) => identityIn(join(dataDir, 'identity'), robot),
    run: async () => 0,
    call: async () => ({ robot: 'R1', link: { state: 'up' } }),
    callStation: () => Promise.reject(new Error('no station is asked here')),
    ...change,
  };
  const code = await runCli(
    { name: 'pilotfish', version: '1', summary: '', commands: commands(parts) },
    {
      argv,
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      isTerminal: false,
      signal: new AbortController().signal,
    },
  );
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('pilotfish provision', () => {
  it('makes a request, and installs the certificate for it', async () => {
    const first = await run(['provision', '--config', config, '--json']);
    expect(first).toMatchObject({ code: 0, err: '' });
    const { robot, csr } = JSON.parse(first.out) as { robot: string; csr: string };
    expect(robot).toBe('R1');
    const chain = join(dir, 'chain.pem');
    const { csr: request } = await identityIn(join(dir, 'data', 'identity')).request(
      'new',
      new AbortController().signal,
    );
    expect(csr).toBe(join(dir, 'data', 'identity', 'pending', 'robot.csr'));
    await writeFile(chain, await signCsr(await testCa(), request));
    const second = await run(['provision', '--config', config, '--certificate', chain, '--json']);
    expect(second).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(second.out)).toMatchObject({
      certificateId: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('shows people where the request is', async () => {
    const { out } = await run(['provision', '--config', config]);
    expect(out).toContain(join(dir, 'data', 'identity', 'pending', 'robot.csr'));
  });

  it.each([
    ['a missing file', 'none.pem', 'certificate-unreadable'],
    ['a file without a certificate', 'robot.json', 'certificate-unreadable'],
  ])('rejects %s as a certificate', async (_name, file, code) => {
    await run(['provision', '--config', config]);
    const ran = await run(['provision', '--config', config, '--certificate', join(dir, file)]);
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toContain(`(${code})`);
    expect(ran.err).not.toContain('    at ');
  });
});

describe('pilotfish provision on a robot that has an identity', () => {
  const current = () => join(dir, 'data', 'identity', 'current');
  const pending = () => join(dir, 'data', 'identity', 'pending', 'key.pem');
  beforeEach(async () => {
    const identity = identityIn(join(dir, 'data', 'identity'));
    const { csr } = await identity.request('new', new AbortController().signal);
    await identity.install(await signCsr(await testCa(), csr));
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['when it is valid', async () => {}, 'identity-exists'],
    [
      'when its certificate is damaged',
      () => writeFile(join(current(), 'chain.pem'), 'damaged'),
      'identity-exists',
    ],
    [
      'when others can read its key',
      () => chmod(join(current(), 'key.pem'), 0o644),
      'key-permissions',
    ],
  ])('makes no second key %s', async (_name, damage, code) => {
    await damage();
    const ran = await run(['provision', '--config', config]);
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err.split('\n')[0]).toMatch(new RegExp(` \\(${code}\\)$`));
    await expect(readFile(pending())).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('makes no second key when the configuration names another robot', async () => {
    const settings = { robot: 'R2', dataDir: 'data', cloudHost: 'cloud', cloudCa: 'ca.pem' };
    await writeFile(config, JSON.stringify(settings));
    const ran = await run(['provision', '--config', config]);
    expect(ran.err).toMatch(/R2 has an identity that cannot be used: .* R1.*\(identity-exists\)/);
  });

  it('makes a second key with --again, and keeps the old credentials until the certificate is installed', async () => {
    const before = await readFile(join(current(), 'key.pem'), 'utf8');
    expect(await run(['provision', '--config', config, '--again'])).toMatchObject({ code: 0 });
    expect(await readFile(pending(), 'utf8')).not.toBe(before);
    expect(await readFile(join(current(), 'key.pem'), 'utf8')).toBe(before);
  });
});

describe('pilotfish provision at a station', () => {
  const all = ['--station', 'https://s', '--station-ca', 'a', '--fixture-cert', 'b'];
  const key = ['--fixture-key', 'c'];

  it.each<[string, string[], RegExp]>([
    ['without the key', all, /^pilotfish: --fixture-key is missing/],
    ['without an address', key, /^pilotfish: --fixture-key .*--station is missing/],
    ['with a certificate', [...all, ...key, '--certificate', 'd'], /choose one/],
  ])('rejects the options %s', async (_name, more, expected) => {
    const ran = await run(['provision', '--config', config, ...more]);
    expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringMatching(expected) });
  });

  it.each([
    ['is not valid yet', Date.UTC(2020, 0)],
    ['has expired', Date.UTC(2060, 0)],
  ])('accepts a certificate that %s by this clock, with a warning', async (_name, nowMs) => {
    const ca = await testCa();
    const callStation: Parts['callStation'] = async (_access, { csr }) => {
      const chain = await signCsr(ca, csr);
      return { certificateId: certificateId(chain), chain, isNew: true };
    };
    const clock = { wallMs: () => nowMs };
    const ran = await run(['provision', '--config', config, ...all, ...key], {
      callStation,
      clock,
    });
    expect(ran).toMatchObject({ code: 0, err: expect.stringMatching(/WARNING: .* good from 20/) });
    const right = await run(['provision', '--config', config, ...all, ...key, '--again'], {
      callStation,
    });
    expect(right).toMatchObject({ code: 0, err: '' });
  });

  it('rejects another certificate than the one that the station names', async () => {
    const ca = await testCa();
    const callStation: Parts['callStation'] = async (_access, { csr }) => ({
      certificateId: 'a'.repeat(64),
      chain: await signCsr(ca, csr),
      isNew: true,
    });
    const ran = await run(['provision', '--config', config, ...all, ...key], { callStation });
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('(station-answer)') });
  });

  it('rejects a certificate that is not for its key', async () => {
    const ca = await testCa();
    const other = identityIn(join(dir, 'other'));
    const { csr } = await other.request('new', new AbortController().signal);
    const chain = await signCsr(ca, csr);
    const callStation: Parts['callStation'] = async () => ({
      certificateId: certificateId(chain),
      chain,
      isNew: true,
    });
    const ran = await run(['provision', '--config', config, ...all, ...key], { callStation });
    expect(ran.err).toContain('(certificate-mismatch)');
  });
});

describe('pilotfish status', () => {
  it("shows the agent's answer, for people or as one line", async () => {
    const all = await run(['status', '--config', config, '--all']);
    expect(all.out).toContain('  state              up');
    const { out } = await run(['status', '--config', config, '--json']);
    expect(JSON.parse(out)).toEqual({ robot: 'R1', link: { state: 'up' } });
  });

  it('reports when no agent answers', async () => {
    const call = () => Promise.reject(new PilotfishError('not-running', 'no agent answers'));
    expect(await run(['status', '--config', config], { call })).toEqual({
      code: 1,
      out: '',
      err: 'pilotfish: no agent answers (not-running)',
    });
  });
});

describe('pilotfish renew', () => {
  const identity = { state: 'requesting', certificate: 'ab', failures: 0 };
  const answer = { robot: 'R1', renewal: 'started', identity };

  it.each([
    [[], false],
    [['--rotate-key'], true],
  ])('requests a renewal of the running agent %j', async (more, rotateKey) => {
    const calls: unknown[] = [];
    const call: Parts['call'] = async (_settings, method, params) => {
      calls.push(method, params);
      return answer;
    };
    const { code, out } = await run(['renew', '--config', config, '--json', ...more], { call });
    expect([code, JSON.parse(out), ...calls]).toEqual([0, answer, 'renew', { rotateKey }]);
  });

  it.each([
    [{ renewal: 'started' }, 'has started'],
    [{ renewal: 'under-way' }, 'was already running'],
    [{ renewal: 'waiting', waitsFor: 'connection' }, 'starts when the robot is connected'],
    [{ renewal: 'waiting', waitsFor: 'cloud-time' }, 'starts when the cloud has sent the time'],
  ])('shows people the outcome of the request (%j), in 80 columns', async (how, words) => {
    const first = `R1: the renewal of its certificate ${words};`;
    const call = async () => ({ ...answer, ...how });
    const { out } = await run(['renew', '--config', config], { call });
    const lines = out.split('\n');
    expect(lines[0]).toBe(first);
    expect(lines).toContain('  state              requesting');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('reports why the agent rejected it', async () => {
    const call = () =>
      Promise.reject(new PilotfishError('renewal-off', 'R1 does not renew', { hint: 'see docs' }));
    expect(await run(['renew', '--config', config], { call })).toEqual({
      code: 1,
      out: '',
      err: 'pilotfish: R1 does not renew (renewal-off)\n  see docs',
    });
  });
});

describe('pilotfish exit-safe-mode', () => {
  it('requests the exit of the running agent, and reports what happens', async () => {
    const calls: string[] = [];
    const call: Parts['call'] = async (_settings, method) => {
      calls.push(method);
      return { robot: 'R1' };
    };
    const { code, out } = await run(['exit-safe-mode', '--config', config], { call });
    expect([code, ...calls]).toEqual([0, 'exit-safe-mode']);
    expect(out).toBe('R1: the agent ends, and its supervisor starts it again in normal mode');
  });

  it('reports why the agent rejected it', async () => {
    const call = () =>
      Promise.reject(new PilotfishError('not-in-safe-mode', 'it is in normal mode'));
    expect(await run(['exit-safe-mode', '--config', config], { call })).toEqual({
      code: 1,
      out: '',
      err: 'pilotfish: it is in normal mode (not-in-safe-mode)',
    });
  });
});

describe('pilotfish run', () => {
  it('runs with the settings, and ends with its exit code', async () => {
    const seen: string[] = [];
    const ran = await run(['run', '--config', config], {
      env: { PILOTFISH_BOARD: '/run/board' },
      run: async ({ robot, board }) => {
        seen.push(robot, board);
        return 1;
      },
    });
    expect([ran.code, ...seen]).toEqual([1, 'R1', '/run/board']);
  });

  it.each(['run', 'status', 'renew', 'provision', 'exit-safe-mode'])(
    'exits %s with code 2 and one line when the configuration is invalid',
    async (word) => {
      await writeFile(config, '{"robot":"R1"}');
      const ran = await run([word, '--config', config]);
      expect(ran).toMatchObject({ code: 2, out: '' });
      expect(ran.err.split('\n')[0]).toMatch(/dataDir in .*: is missing \(config-invalid\)$/);
    },
  );

  it('exits with code 2 without a configuration', async () => {
    expect(await run(['run'])).toMatchObject({ code: 2, err: expect.stringContaining('--config') });
  });
});
