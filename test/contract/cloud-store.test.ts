import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CloudStore, Write } from '../../cloud-stub/core/store.ts';
import { createMemoryStore } from '../../cloud-stub/store/memory.ts';
import { holdFile, openSqliteStore } from '../../cloud-stub/store/sqlite.ts';
import type { ThingRow } from '../../cloud-stub/thing-rows.ts';
import { stampSchemaVersion } from '../support/cloud-sqlite.ts';

const thing = (thingName: string): ThingRow => ({ thingName, thingId: 'i', createdMs: 1 });

const put = (key: string, value = thing(key)): Write => ({ table: 'things', key, value });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloud-store-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe.each([
  ['memory', () => createMemoryStore()],
  ['sqlite', () => openSqliteStore(join(folder, 'cloud.db'))],
])('cloud store in %s', (_name, make) => {
  const withStore = (use: (store: CloudStore) => void) => {
    const store = make();
    try {
      use(store);
    } finally {
      store.close();
    }
  };

  it('returns a stored value, replaces it, and returns nothing after its removal', () =>
    withStore((store) => {
      expect(store.get('things', 'R1')).toBeUndefined();
      store.commit([put('R1')]);
      store.commit([put('R1', { ...thing('R1'), createdMs: 2 })]);
      expect(store.get('things', 'R1')).toEqual({ ...thing('R1'), createdMs: 2 });
      store.commit([{ table: 'things', key: 'R1' }]);
      store.commit([{ table: 'things', key: 'R1' }]);
      expect(store.list('things')).toEqual([]);
    }));

  it('keeps an object member of any name, because robots choose the names', () =>
    withStore((store) => {
      const text = '{"thingName":"R1","thingId":"i","createdMs":1,"__proto__":{"odd":[1]}}';
      store.commit([put('R1', JSON.parse(text) as ThingRow)]);
      expect(JSON.stringify(store.get('things', 'R1'))).toBe(text);
    }));

  it('lists a limited number of rows below a key, in their order', () =>
    withStore((store) => {
      store.commit(['c', 'a', 'b/2', 'b/1'].map((key) => put(key)));
      store.commit([{ table: 'jobs', key: 'a', value: { jobId: 'a' } as never }]);
      const below = (end: string, max: number) =>
        store.listBefore('things', end, max).map(({ key, value }) => [key, value.thingName]);
      expect(below('b/2', 9)).toEqual([
        ['a', 'a'],
        ['b/1', 'b/1'],
      ]);
      expect(below('z', 3).map(([key]) => key)).toEqual(['a', 'b/1', 'b/2']);
      expect(below('a', 9)).toEqual([]);
    }));

  it('lists only the rows of its table with a prefix, ordered by key', () =>
    withStore((store) => {
      store.commit(['b/2', 'a/1', 'b/10', 'b', 'c/1'].map((key) => put(key)));
      store.commit([{ table: 'jobs', key: 'b/9', value: {} as never }]);
      expect(store.list('things', 'b/').map(({ key }) => key)).toEqual(['b/10', 'b/2']);
      const all = store.list('things').map(({ key }) => key);
      expect(all).toEqual(['a/1', 'b', 'b/10', 'b/2', 'c/1']);
    }));

  it('lists a key whose first character after the prefix is the highest of all', () =>
    withStore((store) => {
      const keys = ['b/\u{10ffff}', 'b/\u{10ffff}x', '\u{10ffff}\u{10ffff}'];
      store.commit([...keys, 'a', 'c'].map((key) => put(key)));
      expect(store.list('things', 'b/').map(({ key }) => key)).toEqual(keys.slice(0, 2));
      expect(store.list('things')).toHaveLength(5);
    }));

  it('stores none of the writes when one of them fails, and works afterwards', () =>
    withStore((store) => {
      store.commit([put('kept')]);
      const failing = () =>
        store.commit([
          put('new'),
          { table: 'things', key: 'kept' },
          { table: 'no such table' as never, key: 'a', value: {} as never },
        ]);
      expect(failing).toThrow();
      expect(store.list('things')).toEqual([{ key: 'kept', value: thing('kept') }]);
      store.commit([put('later')]);
      expect(store.get('things', 'later')).toEqual(thing('later'));
    }));

  it('reads together, also after reads that threw, and commits afterwards', () =>
    withStore((store) => {
      store.commit([put('a'), put('b')]);
      const keys = store.reading(() => [
        store.get('things', 'a')?.thingName,
        ...store.list('things').map(({ key }) => key),
      ]);
      expect(keys).toEqual(['a', 'a', 'b']);
      const failing = () =>
        store.reading(() => {
          store.get('things', 'a');
          throw new Error('on purpose');
        });
      expect(failing).toThrow('on purpose');
      expect(store.reading(() => store.get('things', 'b'))).toEqual(thing('b'));
      store.commit([put('c')]);
      expect(store.list('things')).toHaveLength(3);
    }));

  it('returns copies', () =>
    withStore((store) => {
      store.commit([put('R1')]);
      const read = store.get('things', 'R1');
      if (read) read.createdMs = 8;
      expect(store.get('things', 'R1')?.createdMs).toBe(1);
    }));
});

describe('the database file of the cloud store', () => {
  it('keeps its rows when it is opened again', () => {
    const path = join(folder, 'cloud.db');
    const first = openSqliteStore(path);
    first.commit([put('R1')]);
    first.close();
    const second = openSqliteStore(path);
    expect(second.get('things', 'R1')).toEqual(thing('R1'));
    second.close();
  });

  it('is rejected by name when it is of a newer program or no store', async () => {
    const newer = join(folder, 'newer.db');
    stampSchemaVersion(newer, 99);
    expect(() => openSqliteStore(newer)).toThrow(/newer.db: written by a newer program/);
    const bad = join(folder, 'bad.db');
    await writeFile(bad, 'no database'.repeat(100));
    expect(() => openSqliteStore(bad)).toThrow(/bad.db: not a store of this program/);
  });

  it('is locked by one process at a time', () => {
    const path = join(folder, 'lock');
    const release = holdFile(path);
    expect(release).toBeDefined();
    expect(holdFile(path)).toBeUndefined();
    release?.();
    const again = holdFile(path);
    expect(again).toBeDefined();
    again?.();
  });
});
