import { expect, it } from 'vitest';
import { systemClock } from '../../../base/clock.ts';
import { type ChildOptions, runChild } from '../../../hal/linux/child.ts';

const shell = (script: string, change: Partial<ChildOptions> = {}) =>
  runChild('/bin/sh', {
    args: ['-c', script],
    env: { PATH: process.env.PATH },
    clock: systemClock,
    deadlineMs: 10_000,
    ...change,
  });

it("a child's output and exit code are returned", async () => {
  expect(await shell('cat; echo two >&2; exit 3', { input: Buffer.from('one') })).toEqual({
    isOk: false,
    out: Buffer.from('one'),
    errorOutput: 'two\n',
  });
  expect(await shell('true')).toMatchObject({ isOk: true });
  expect(await shell('kill -SEGV $$')).toMatchObject({ isOk: false });
});

it('a child gets only the given environment', async () => {
  const { out } = await shell('/usr/bin/env', { env: { A: '1' } });
  expect(out.toString().split('\n')).toContain('A=1');
  expect(out.toString()).not.toContain('PATH=');
});

it.runIf(process.platform === 'linux')(
  'a child gets no terminal to prompt on (needs /proc)',
  async () => {
    // Whoever leads a session of its own has lost its parent's terminal.
    const { out } = await shell('echo $$; cut -d" " -f6 /proc/$$/stat');
    const [pid, session] = out.toString().split('\n');
    expect(session).toBe(pid);
  },
);

it('a child may exit without reading its input', async () => {
  expect(await shell('exec <&-', { input: Buffer.alloc(1_000_000) })).toMatchObject({ isOk: true });
});

it('a child that takes too long is ended', async () => {
  await expect(shell('exec sleep 60', { deadlineMs: 50 })).rejects.toMatchObject({
    code: 'child-timeout',
  });
});

it('a child that prints too much is ended, and its messages are cut', async () => {
  await expect(shell('exec yes')).rejects.toMatchObject({ code: 'child-output' });
  const { errorOutput } = await shell('head -c 1000000 /dev/zero >&2');
  expect(errorOutput).toHaveLength(16 * 1024);
});

it('a child ends when its signal is aborted, and does not start when it was aborted before', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const running = shell('exec sleep 60', { signal: stop.signal });
  stop.abort(reason);
  await expect(running).rejects.toBe(reason);
  await expect(shell('true', { signal: stop.signal })).rejects.toBe(reason);
});

it('a missing program is reported', async () => {
  const options = { args: [], env: {}, clock: systemClock, deadlineMs: 1000 };
  await expect(runChild('/nowhere/program', options)).rejects.toMatchObject({
    code: 'child-missing',
  });
});
