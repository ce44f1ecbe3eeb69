import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openRunsFile } from '../../../agent/io/crashes.ts';
import { begin, crash, type Runs } from '../../../agent/supervise/crashes.ts';
import { nodeTransientFiles } from '../../../base/transient-files.ts';
import { memoryJournal } from '../../support/agent-journal.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();
const start = { bootId: 'b', isOnTrial: false, nowMs: 1 };
const runs = [1, 2, 3].reduce<Runs | undefined>(
  (before, nowMs) => crash(begin(before, { ...start, nowMs }), new Error('x'), nowMs),
  undefined,
);
const safe = begin(runs, { ...start, nowMs: 4 });

let path = '';
let journal = memoryJournal();
const open = () => openRunsFile(path, nodeTransientFiles, journal);
beforeEach(async () => {
  path = join(await folder(), 'crashes.json');
  journal = memoryJournal();
});

describe('the file of runs', () => {
  it('gives back what was written, for its owner alone, and nothing once it is removed', async () => {
    expect(safe.safe).not.toBeNull();
    for (const one of [begin(undefined, start), runs as Runs, safe]) {
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
    ['nothing', ''],
    ['half of it', JSON.stringify(safe).slice(0, 100)],
    ['something else', '{"v":1}'],
    ['null', 'null'],
    ['a later form', JSON.stringify({ ...safe, v: 2 })],
    ['a boot that is no text', JSON.stringify({ ...safe, bootId: 5 })],
    ['a machine that is no text', JSON.stringify({ ...safe, quarantine: {} })],
    ['crashes that are none', JSON.stringify({ ...safe, crashes: [{ atMs: 'soon' }] })],
    ['crashes that are no list', JSON.stringify({ ...safe, crashes: {} })],
    ['a safe mode without an end', JSON.stringify({ ...safe, safe: { sinceMs: 1 } })],
    ['a count that is none', JSON.stringify({ ...safe, safeModes: null })],
    ['a time that is none', JSON.stringify({ ...safe, safeEndedMs: 'x' })],
    ['far too much', ' '.repeat(20_000) + JSON.stringify(safe)],
    ['random bytes', '\u0000\uffff\u0001'],
  ])('with %s in it is no file, and that is counted', async (_name, text) => {
    await writeFile(path, text);
    expect(open().read()).toBeUndefined();
    expect(journal.counts()).toEqual({ 'runs-unreadable': 1 });
    open().write(safe);
    expect(open().read()).toEqual(safe);
  });

  it('that cannot be read, written or removed is counted and told; nothing is thrown', async () => {
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

  it('in a folder that is not there is the same', () => {
    path = join(path, 'none', 'crashes.json');
    expect(open().read()).toBeUndefined();
    open().write(safe);
    expect(journal.counts()).toEqual({ 'runs-not-written': 1 });
  });

  it('is replaced in one step', async () => {
    open().write(safe);
    const before = await readFile(path, 'utf8');
    await mkdir(`${path}.new`);
    await chmod(`${path}.new`, 0o500);
    open().write(begin(undefined, start));
    expect(await readFile(path, 'utf8')).toBe(before);
  });
});
