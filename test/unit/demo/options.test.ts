import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../base/cli.ts';
import { demoCommand } from '../../../tools/demo/command.ts';
import { makeDemoFolder, removeDemoFolder } from '../../support/demo-process.ts';

describe('npm start with invalid options', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await makeDemoFolder();
  });
  // Stops a demo that should not have started.
  let stop: AbortController;
  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(() => stop.abort());
  afterAll(() => removeDemoFolder(folder));

  /** `npm start -- ARGS` in this process. */
  const run = async (args: readonly string[]) => {
    const out: string[] = [];
    const err: string[] = [];
    const about = { env: {}, pid: process.pid, columns: undefined, atExit: () => {} };
    const demo = demoCommand({ ...about, write: (text) => void out.push(text) });
    const program = { name: 'npm start', version: '1', summary: '', commands: { '--': demo } };
    const code = await runCli(program, {
      argv: ['--', ...args],
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      isTerminal: false,
      signal: stop.signal,
    });
    return { code, stdout: out.join('\n'), stderr: err.join('\n') };
  };

  it.each([
    { args: ['--speed', 'fast'], line: '--speed is "fast", expected a number from 1 to 2000' },
    { args: ['--speed', '0'], line: '--speed is "0", expected a number from 1 to 2000' },
    { args: ['--seed=-1'], line: '--seed is "-1", expected a whole number' },
    { args: ['--map', '/tmp/no-such.yaml'], line: '--map: /tmp/no-such.yaml: no such file' },
    { args: ['--map', '/tmp/no-such.yaml', '--speed', '9'], line: '--map: /tmp/no-such.yaml: no' },
    { args: ['--agent', '/dev/null'], line: '"/dev/null", expected an executable file' },
    { args: ['--colour'], line: "Unknown option '--colour'" },
    { args: ['--dir', ''], line: '--dir is empty, expected DIR' },
    { args: ['--dir', `/tmp/${'d'.repeat(90)}`], line: 'is too deep' },
    { args: ['--dir', '/dev/null'], line: '--dir /dev/null cannot be read (ENOTDIR)' },
  ])('$args: prints one clear line and exits with code 2', async ({ args, line }) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr.split('\n')[0]).toContain(line);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toContain('    at ');
  });

  it('does not touch a folder that holds no demo, not even with --fresh', async () => {
    const source = join(folder, 'factory');
    await mkdir(source);
    await writeFile(join(source, 'main.ts'), 'precious');
    const { code, stderr } = await run(['--dir', folder, '--fresh']);
    expect({ code, line: stderr.split('\n')[0] }).toEqual({
      code: 2,
      line: `npm start: --dir ${folder} holds something else (usage)`,
    });
    expect(await readFile(join(source, 'main.ts'), 'utf8')).toBe('precious');
  });

  it('shows its options', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    for (const option of ['--map', '--fresh', '--stay', '--dir', '--seed', '--speed', '--json']) {
      expect(stdout).toContain(`  ${option}`);
    }
  });
});
