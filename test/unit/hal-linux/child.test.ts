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

it('answers what a program says, and how it ended', async () => {
  expect(await shell('cat; echo two >&2; exit 3', { input: Buffer.from('one') })).toEqual({
    isOk: false,
    out: Buffer.from('one'),
    said: 'two\n',
  });
  expect(await shell('true')).toMatchObject({ isOk: true });
  expect(await shell('kill -SEGV $$')).toMatchObject({ isOk: false });
});

it('gives it no more of the environment than it is told to', async () => {
  const { out } = await shell('/usr/bin/env', { env: { A: '1' } });
  expect(out.toString().split('\n')).toContain('A=1');
  expect(out.toString()).not.toContain('PATH=');
});

it.runIf(process.platform === 'linux')('gives it no terminal to ask on (needs /proc)', async () => {
  // Whoever leads a session of its own has lost its parent's terminal.
  const { out } = await shell('echo $$; cut -d" " -f6 /proc/$$/stat');
  const [pid, session] = out.toString().split('\n');
  expect(session).toBe(pid);
});

it('is not hurt by a program that does not read', async () => {
  expect(await shell('exec <&-', { input: Buffer.alloc(1_000_000) })).toMatchObject({ isOk: true });
});

it('ends what takes too long', async () => {
  await expect(shell('exec sleep 60', { deadlineMs: 50 })).rejects.toMatchObject({
    code: 'child-timeout',
  });
});

it('ends what says too much; what it says to people is cut', async () => {
  await expect(shell('exec yes')).rejects.toMatchObject({ code: 'child-output' });
  const { said } = await shell('head -c 1000000 /dev/zero >&2');
  expect(said).toHaveLength(16 * 1024);
});

it('ends when it is told to, and does not begin when it was told before', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const running = shell('exec sleep 60', { signal: stop.signal });
  stop.abort(reason);
  await expect(running).rejects.toBe(reason);
  await expect(shell('true', { signal: stop.signal })).rejects.toBe(reason);
});

it('says that there is no such program', async () => {
  const options = { args: [], env: {}, clock: systemClock, deadlineMs: 1000 };
  await expect(runChild('/nowhere/program', options)).rejects.toMatchObject({
    code: 'child-missing',
  });
});
