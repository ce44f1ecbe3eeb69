import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openRunsFile } from '../../../agent/io/crashes.ts';
import { type Runs, recordCrash, startRun } from '../../../agent/supervise/crashes.ts';
import { nodeTransientFiles } from '../../../base/transient-files.ts';
import { memoryJournal } from '../../support/agent-journal.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();
const start = { bootId: 'b', isOnTrial: false, nowMs: 1 };
const runs = [1, 2, 3].reduce<Runs | undefined>(
  (before, nowMs) => recordCrash(startRun(before, { ...start, nowMs }), new Error('x'), nowMs),
  undefined,
);
const safe = startRun(runs, { ...start, nowMs: 4 });

let path = '';
let journal = memoryJournal();
const open = () => openRunsFile(path, nodeTransientFiles, journal);
beforeEach(async () => {
  path = join(await folder(), 'crashes.json');
  journal = memoryJournal();
});

describe('the record of runs', () => {
  it('is private, is read back as written, and is gone when it is removed', async () => {
    expect(safe.safe).not.toBeNull();
    for (const one of [startRun(undefined, start), runs as Runs, safe]) {
      open().write(one);
      expect(open().read()).toEqual(one);
    }
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(path, '..'))).toEqual(['crashes.json']);
    open().remove();
    expect(open().read()).toBeUndefined();
    open().remove();
    expect(journal.counts()).toEqual({});
  });

  it.each([
    ['is empty', ''],
    ['is cut off', JSON.stringify(safe).slice(0, 100)],
    ['is another object', '{"v":1}'],
    ['is null', 'null'],
    ['has a later version', JSON.stringify({ ...safe, v: 2 })],
    ['has a boot id that is not text', JSON.stringify({ ...safe, bootId: 5 })],
    ['has a machine that is not text', JSON.stringify({ ...safe, quarantine: {} })],
    ['has invalid crashes', JSON.stringify({ ...safe, crashes: [{ atMs: 'soon' }] })],
    ['has crashes that are not a list', JSON.stringify({ ...safe, crashes: {} })],
    ['has a safe mode without an end', JSON.stringify({ ...safe, safe: { sinceMs: 1 } })],
    ['has an invalid count', JSON.stringify({ ...safe, safeModes: null })],
    ['has an invalid time', JSON.stringify({ ...safe, safeEndedMs: 'x' })],
    ['is too large', ' '.repeat(20_000) + JSON.stringify(safe)],
    ['has random bytes', '\u0000\uffff\u0001'],
  ])('is ignored and counted when it %s', async (_name, text) => {
    await writeFile(path, text);
    expect(open().read()).toBeUndefined();
    expect(journal.counts()).toEqual({ 'runs-unreadable': 1 });
    open().write(safe);
    expect(open().read()).toEqual(safe);
  });

  it('is counted and logged when it cannot be read, written or removed, and nothing is thrown', async () => {
    await mkdir(path);
    await writeFile(join(path, 'x'), '');
    expect(open().read()).toBeUndefined();
    open().write(safe);
    open().remove();
    expect(journal.counts()).toEqual({
      'runs-unreadable': 1,
      'runs-not-written': 1,
      'runs-not-removed': 1,
    });
    expect(journal.notes).toHaveLength(2);
    expect(journal.notes[0]).toMatchObject({ level: 'warn', text: expect.stringContaining(path) });
  });

  it('is counted and logged when the folder is missing', () => {
    path = join(path, 'none', 'crashes.json');
    expect(open().read()).toBeUndefined();
    open().write(safe);
    expect(journal.counts()).toEqual({ 'runs-not-written': 1 });
  });

  it('is replaced atomically', async () => {
    open().write(safe);
    const before = await readFile(path, 'utf8');
    await mkdir(`${path}.new`);
    await chmod(`${path}.new`, 0o500);
    open().write(startRun(undefined, start));
    expect(await readFile(path, 'utf8')).toBe(before);
  });
});
