import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { commands, type Parts } from '../../../agent/cli.ts';
import { runCli } from '../../../base/cli.ts';
import { PilotfishError } from '../../../base/errors.ts';
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
    identity: ({ dataDir, robot }) => identityIn(join(dataDir, 'identity'), robot),
    run: async () => 0,
    ask: async () => ({ robot: 'R1', link: { state: 'up' } }),
    askStation: () => Promise.reject(new Error('no station is asked here')),
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
  it('makes a request, and takes the certificate for it', async () => {
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

  it('says to people where the request lies', async () => {
    const { out } = await run(['provision', '--config', config]);
    expect(out).toContain(join(dir, 'data', 'identity', 'pending', 'robot.csr'));
  });

  it.each([
    ['a file that is not there', 'none.pem', 'certificate-unreadable'],
    ['a file that holds no certificate', 'robot.json', 'certificate-unreadable'],
  ])('takes no %s', async (_name, file, code) => {
    await run(['provision', '--config', config]);
    const ran = await run(['provision', '--config', config, '--certificate', join(dir, file)]);
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toContain(`(${code})`);
    expect(ran.err).not.toContain('    at ');
  });
});

describe('pilotfish status', () => {
  it('shows what the agent says, for people or as one line', async () => {
    expect((await run(['status', '--config', config])).out).toContain('  state              up');
    const { out } = await run(['status', '--config', config, '--json']);
    expect(JSON.parse(out)).toEqual({ robot: 'R1', link: { state: 'up' } });
  });

  it('says when nobody answers', async () => {
    const ask = () => Promise.reject(new PilotfishError('not-running', 'no agent answers'));
    expect(await run(['status', '--config', config], { ask })).toEqual({
      code: 1,
      out: '',
      err: 'pilotfish: no agent answers (not-running)',
    });
  });
});

describe('pilotfish renew', () => {
  const identity = { state: 'requesting', certificate: 'ab', failures: 0 };
  const answer = { robot: 'R1', isUnderWay: true, identity };

  it.each([
    [[], false],
    [['--rotate-key'], true],
  ])('asks the running agent %j', async (more, rotateKey) => {
    const asked: unknown[] = [];
    const ask: Parts['ask'] = async (_settings, method, params) => {
      asked.push(method, params);
      return answer;
    };
    const { code, out } = await run(['renew', '--config', config, '--json', ...more], { ask });
    expect([code, JSON.parse(out), ...asked]).toEqual([0, answer, 'renew', { rotateKey }]);
  });

  it.each([
    [true, 'R1: the renewal of its certificate is under way;'],
    [false, 'R1: the renewal of its certificate begins when the cloud has told the time;'],
  ])('tells people how far it is (under way: %j), in 80 columns', async (isUnderWay, first) => {
    const ask = async () => ({ ...answer, isUnderWay });
    const { out } = await run(['renew', '--config', config], { ask });
    const lines = out.split('\n');
    expect(lines[0]).toBe(first);
    expect(lines).toContain('  state              requesting');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('says why not', async () => {
    const ask = () =>
      Promise.reject(new PilotfishError('renewal-off', 'R1 does not renew', { hint: 'see docs' }));
    expect(await run(['renew', '--config', config], { ask })).toEqual({
      code: 1,
      out: '',
      err: 'pilotfish: R1 does not renew (renewal-off)\n  see docs',
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

  it.each(['run', 'status', 'renew', 'provision'])(
    '%s with a bad configuration is exit code 2, in one line',
    async (word) => {
      await writeFile(config, '{"robot":"R1"}');
      const ran = await run([word, '--config', config]);
      expect(ran).toMatchObject({ code: 2, out: '' });
      expect(ran.err.split('\n')[0]).toMatch(/dataDir in .*: is missing \(config-invalid\)$/);
    },
  );

  it('without a configuration is exit code 2', async () => {
    expect(await run(['run'])).toMatchObject({ code: 2, err: expect.stringContaining('--config') });
  });
});
