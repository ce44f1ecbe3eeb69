import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProcesses, type Program } from '../../../tools/demo/processes.ts';
import { makeDemoFolder, processesIn, removeDemoFolder } from '../../support/demo-process.ts';

const never = new AbortController().signal;
const ready = `console.log(JSON.stringify({ ready: true }));`;
const staying = 'setInterval(() => {}, 1000);';

describe("the demo's processes", () => {
  let folder = '';
  beforeEach(async () => {
    folder = await makeDemoFolder();
    await mkdir(join(folder, 'logs'));
  });
  afterEach(() => removeDemoFolder(folder));
  const create = (signal = never) => createProcesses(join(folder, 'logs'), signal);
  /** A program in one line; the folder in its arguments lets it be found among all processes. */
  const program = (source: string): Program => ({
    name: 'thing',
    command: process.execPath,
    args: ['-e', source, folder],
  });

  it('return what a command prints, and keep a log of its output', async () => {
    await using processes = create();
    const said = await processes.run(program('console.error("a word"); console.log("answer")'), []);
    expect(said).toBe('answer\n');
    expect(await readFile(join(folder, 'logs', 'thing.log'), 'utf8')).toBe('$ thing \na word\n');
  });

  it('report how a command failed, in its own last line', async () => {
    await using processes = create();
    const source = 'console.error("thing: no room (full)\\n  clean up"); process.exitCode = 3';
    await expect(processes.run(program(source), ['go'])).rejects.toMatchObject({
      code: 'command-failed',
      message: 'thing go ended with exit code 3: thing: no room (full)',
    });
  });

  it('report a command that cannot be started', async () => {
    await using processes = create();
    const missing = { name: 'thing', command: join(folder, 'missing'), args: [] };
    await expect(processes.run(missing, [])).rejects.toMatchObject({
      code: 'command-failed',
      message: expect.stringContaining('ENOENT'),
    });
  });

  it('wait for the ready line of each, and end with the demo', async () => {
    {
      await using processes = create();
      expect(await processes.serve(program(ready + staying), [])).toEqual({ ready: true });
      expect(await processesIn(folder)).toHaveLength(1);
    }
    expect(await processesIn(folder)).toEqual([]);
  });

  it('end a child that ignores the signal, with its own children', async () => {
    const grandchild = `require('node:child_process').spawn(process.execPath, ['-e', '${staying}', '${folder}']);`;
    const deaf = `process.on('SIGTERM', () => {});`;
    {
      await using processes = createProcesses(join(folder, 'logs'), never, { graceMs: 200 });
      await processes.serve(program(deaf + grandchild + ready), []);
      // A process has no command line for a moment while it is started.
      await expect.poll(() => processesIn(folder)).toHaveLength(2);
    }
    await expect.poll(() => processesIn(folder)).toEqual([]);
  });

  it('report a process that ends before it is ready', async () => {
    await using processes = create();
    const source = 'console.error("thing: the port is taken (in-use)"); process.exitCode = 1';
    await expect(processes.serve(program(source), [])).rejects.toMatchObject({
      code: 'not-ready',
      message: 'thing did not become ready: thing: the port is taken (in-use)',
    });
  });

  it('report a process that should keep running and has ended', async () => {
    await using processes = create();
    await processes.serve(program(`${ready} setTimeout(() => process.exit(7), 50);`), []);
    await expect.poll(() => processes.fallen.aborted).toBe(true);
    expect(processes.fallen.reason).toMatchObject({
      message: expect.stringContaining('thing has ended by itself (exit code 7)'),
    });
  });

  it('end a command when the demo is stopped', async () => {
    const stop = new AbortController();
    await using processes = create(stop.signal);
    const running = processes.run(program(staying), []);
    await expect.poll(() => processesIn(folder)).toHaveLength(1);
    stop.abort();
    await expect(running).rejects.toBe(stop.signal.reason);
    expect(await processesIn(folder)).toEqual([]);
  });
});
