import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../base/cli.ts';
import { silentLog } from '../../../base/log.ts';
import { commands } from '../../../hal/sim/cli.ts';
import { boardFolder } from '../../support/board-folder.ts';

/** Runs a command line in this process. */
async function run(...argv: string[]) {
  const [out, err]: string[][] = [[], []];
  const host = { env: {}, pid: 0, sendSignal: () => {}, createLog: () => silentLog };
  const code = await runCli(
    { name: 'sim-board', version: '1', summary: '', commands: commands(host) },
    {
      argv,
      out: (line) => out?.push(line),
      err: (line) => err?.push(line),
      isTerminal: false,
      signal: new AbortController().signal,
    },
  );
  return { code, stdout: out?.join('\n'), stderr: err?.join('\n') };
}

describe('sim-board on the command line', () => {
  it.each([
    [['run'], '--dir is missing'],
    [['fly'], 'fly: no such command'],
    [['run', '--dir', '/tmp/x', '--speed', 'fast'], '--speed is "fast", expected a number from'],
    [['run', '--dir', '/tmp/x', '--speed', '0'], '--speed is "0", expected a number from'],
    [['run', '--dir', '/tmp/x', '--warp', '9'], "Unknown option '--warp'"],
    [['run', '--dir', '/tmp/x', '--agent-config', '/no/such'], '--agent-config is "/no/such"'],
    [['run', '--dir', `/tmp/${'x'.repeat(120)}`], "a socket's path has at most 107"],
    [['bench', '--dir', '/tmp/x', '--do', 'dance'], '--do is "dance", expected one of cut-power'],
    [['flash', '--dir', '/tmp/x'], '--image is missing'],
  ])('%j: prints one clear line and exits with code 2', async (args, line) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toContain(line);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([code, stdout]).toEqual([2, '']);
  });

  it.each([
    [['run', '--map', '/no/map.yaml'], 'map-missing'],
    [['bench', '--do', 'status'], 'unavailable'],
    [['flash', '--image', '/no/image'], 'flash-image'],
    [['flash', '--image', '/dev/null'], 'flash-image'],
    [['flash', '--image', '/bin/true', '--slot', 'c'], 'refused'],
  ])('%j fails with %s', async ([word = '', ...args], code) => {
    await using folder = await boardFolder();
    const failed = await run(word, '--dir', folder.path, ...args);
    expect(failed.stderr).toContain(`(${code})`);
    expect(failed.stderr).not.toMatch(/\n\s+at /);
    expect(failed.code).toBe(1);
  });

  it('rejects a board that was never flashed, and creates no folder for a mistyped name', async () => {
    await using folder = await boardFolder();
    const dir = join(folder.path, 'typo');
    const { code, stdout, stderr } = await run('run', '--dir', dir);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr?.split('\n')).toEqual([
      `sim-board: ${dir}: no board was ever flashed in this folder (board-unflashed)`,
      `  flash it first: sim-board flash --dir ${dir} --image FILE`,
    ]);
    expect(existsSync(dir)).toBe(false);
  });
});
