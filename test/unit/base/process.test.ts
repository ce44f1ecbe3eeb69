import { describe, expect, it } from 'vitest';
import { runProgram } from '../../support/child.ts';

// The parts of `base/cli.ts` and `base/log.ts` that touch the process, seen from outside of one.

const program = (run: string) => `
  import { runProcess, usage } from './base/cli.ts';
  import { command } from './base/command.ts';
  const go = command({ summary: 'goes', options: {}, run: ${run} });
  await runProcess({ name: 'robot', version: '1', summary: 'a robot', commands: { go } });`;
const go = (source: string) =>
  runProgram({ source: `process.argv.push('program', 'go');${source}` });

describe('a program', () => {
  it("exits with its command's code, and writes its results to standard output", async () => {
    const ended = await go(program("async (_options, io) => { io.out('here'); return 3; }"));
    expect(ended).toEqual({ code: 3, signal: null, out: 'here\n', err: '' });
  });

  it('reports a failure in lines on standard error', async () => {
    const ended = await go(program("async () => { throw usage('--x is bad', 'do better'); }"));
    expect(ended).toEqual({
      code: 2,
      signal: null,
      out: '',
      err: 'robot: --x is bad (usage)\n  do better\n',
    });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('stops by itself at %s', async (name) => {
    const waiting = `(_options, io) => new Promise((resolve) => {
      const alive = setInterval(() => {}, 1000);
      io.signal.addEventListener('abort', () => { clearInterval(alive); resolve(0); });
      io.out('ready');
    })`;
    const ended = await runProgram({
      source: `process.argv.push('program', 'go');${program(waiting)}`,
      onOutput: (said, kill) => said.includes('ready') && kill(name),
    });
    expect(ended).toMatchObject({ code: 0, signal: null });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'is ended by %s wherever it waits, when its command ignores its signal',
    async (name) => {
      const stuck = `(_options, io) => new Promise(() => {
      setInterval(() => {}, 1000);
      io.out('ready');
    })`;
      const ended = await runProgram({
        source: `process.argv.push('program', 'go');${program(stuck)}`,
        onOutput: (said, kill) => said.includes('ready') && kill(name),
      });
      expect(ended).toMatchObject({ code: null, signal: name });
    },
  );
});

describe('the log', () => {
  const logged = async (statements: string) => {
    const { err, out, code } = await runProgram({
      source: `
        import { createLogger } from './base/log.ts';
        const log = createLogger({ name: 'agent', fields: { robotId: 'robot-1' } });
        ${statements}`,
    });
    expect({ code, out }).toEqual({ code: 0, out: '' });
    const lines = err.trimEnd().split('\n');
    return { err, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
  };

  it('is JSON lines on standard error, each with the robot and the artifact', async () => {
    const { lines } = await logged(`
      log.info({ missionId: 'm-1' }, 'started');
      log.child({ jobId: 'j-1' }).warn({ code: 'late' }, 'two\\nlines');
      log.debug({}, 'not at this level');
      log.error({ err: new Error('broken') }, 'failed');`);
    expect(lines.map(({ robotId }) => robotId)).toEqual(['robot-1', 'robot-1', 'robot-1']);
    expect(lines).toMatchObject([
      { level: 'info', name: 'agent', missionId: 'm-1', msg: 'started' },
      { level: 'warn', name: 'agent', jobId: 'j-1', code: 'late', msg: 'two\nlines' },
      { level: 'error', err: { message: 'broken' }, msg: 'failed' },
    ]);
    for (const { time } of lines) {
      expect(new Date(String(time)).toISOString()).toBe(time);
    }
  });

  it('shows no secret in any field', async () => {
    const names = ['key', 'privateKey', 'secret', 'token', 'password', 'authorization', 'url'];
    const secrets = JSON.stringify(Object.fromEntries(names.map((name) => [name, 's3cret'])));
    const { err, lines } = await logged(`
      const secrets = ${secrets};
      log.info(secrets, 'top');
      log.info({ request: secrets }, 'one down');
      log.info({ outer: { request: secrets } }, 'two down');
      log.child(secrets).info({}, 'fixed');
      log.child({ request: secrets }).info({}, 'fixed, one down');
      createLogger({ name: 'x', fields: secrets }).info({}, 'base');`);
    expect(lines).toHaveLength(6);
    expect(err).not.toContain('s3cret');
    expect(lines[0]).toMatchObject({ privateKey: '[redacted]', url: '[redacted]', msg: 'top' });
  });

  it('can be silent', async () => {
    const { code, err } = await runProgram({
      source: `
        import { createLogger, silentLog } from './base/log.ts';
        createLogger({ name: 'x', level: 'silent' }).error({}, 'nothing');
        silentLog.child({ a: 1 }).error({}, 'nothing');`,
    });
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});
