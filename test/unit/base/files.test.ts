import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createFileDurable,
  makeFolder,
  readTextIfThere,
  writeFileDurable,
} from '../../../base/files.ts';
import { runProgram } from '../../support/child.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pilotfish-files-'));
  file = join(folder, 'state.json');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('writing a file', () => {
  it('replaces the old one with text or bytes, and leaves no temporary file', async () => {
    await writeFileDurable(file, 'one');
    await writeFileDurable(file, new Uint8Array([0, 255, 10]));
    expect([...(await readFile(file))]).toEqual([0, 255, 10]);
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it.each([writeFileDurable, createFileDurable])(
    'makes it readable by its owner only: %o',
    async (write) => {
      await write(file, 'secret');
      expect(await modeOf(file)).toBe(0o600);
    },
  );

  it('gives it the requested mode, whatever the mode of the old one was', async () => {
    await writeFileDurable(file, 'for everybody', 0o644);
    expect(await modeOf(file)).toBe(0o644);
    await writeFileDurable(file, 'secret', 0o600);
    expect(await modeOf(file)).toBe(0o600);
  });

  it('leaves the old file and no temporary one when it fails', async () => {
    const taken = join(folder, 'taken');
    await makeFolder(join(taken, 'inside'));
    await expect(writeFileDurable(taken, 'x')).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await readdir(folder)).toEqual(['taken']);
    await expect(writeFileDurable(join(folder, 'no', 'x'), 'x')).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('lets one of many concurrent writers win, with a complete file', async () => {
    const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000));
    await Promise.all(texts.map((text) => writeFileDurable(file, text)));
    expect(texts).toContain(await readFile(file, 'utf8'));
    expect(await readdir(folder)).toEqual(['state.json']);
  });
});

describe('a crash while a file is written', () => {
  const [before, after] = ['old'.repeat(5000), 'new'.repeat(7000)];
  const write = (to: string, env: NodeJS.ProcessEnv) =>
    runProgram({
      source: `
        import { writeFileDurable } from './base/files.ts';
        await writeFileDurable(${JSON.stringify(to)}, 'new'.repeat(7000));`,
      nodeArgs: ['--import', './test/support/crash-at.ts'],
      env,
    });

  // The order is the point: data on the medium before the name, the name before the promise is kept.
  const steps = ['open wx', 'writeFile', 'sync', 'rename', 'open r', 'sync'];

  it.each([undefined, before])(
    'before any step leaves the old file or the new one, and the next write succeeds (over %.3s)',
    async (first) => {
      const keepIn = join(folder, 'kept');
      const keepFrom = join(folder, 'from');
      await makeFolder(keepFrom);
      const to = join(keepFrom, 'state.json');
      if (first !== undefined) await writeFile(to, first);
      const { code, out } = await write(to, { KEEP_FROM: keepFrom, KEEP_IN: keepIn });
      expect({ code, steps: out.trim().split('\n') }).toEqual({ code: 0, steps });
      for (const at of steps.keys()) {
        const kept = join(keepIn, String(at + 1), 'state.json');
        expect(await readTextIfThere(kept)).toBe(at > steps.indexOf('rename') ? after : first);
        await writeFileDurable(kept, 'next');
        expect(await readFile(kept, 'utf8')).toBe('next');
      }
    },
  );

  it('leaves the old file or the new one when a real process is killed', async () => {
    await writeFile(file, before);
    const { signal, out } = await write(file, { CRASH_AT: String(steps.indexOf('rename') + 1) });
    expect([signal, out.trim().split('\n').at(-1)]).toEqual(['SIGKILL', 'sync']);
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(await readdir(folder)).toHaveLength(2);
    await writeFileDurable(file, 'next');
    expect(await readFile(file, 'utf8')).toBe('next');
  });
});

describe('reading a file', () => {
  it('returns its text, or nothing when it does not exist', async () => {
    await writeFile(file, 'ä');
    expect(await readTextIfThere(file)).toBe('ä');
    expect(await readTextIfThere(join(folder, 'none'))).toBeUndefined();
  });

  it('does not treat another failure as a missing file', async () => {
    await expect(readTextIfThere(folder)).rejects.toMatchObject({ code: 'EISDIR' });
    await writeFile(file, '');
    await expect(readTextIfThere(join(file, 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});

describe('making a folder', () => {
  it.skipIf(process.platform !== 'linux')(
    'rejects where no folder can be made (only where there is a /proc)',
    async () => {
      await expect(makeFolder('/proc/no/such')).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );

  it('makes the parents too, private on request', async () => {
    const deep = join(folder, 'a', 'b');
    await makeFolder(deep, 0o700);
    expect(await modeOf(deep)).toBe(0o700);
    await makeFolder(deep, 0o700);
  });
});
