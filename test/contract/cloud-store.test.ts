import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CloudStore } from '../../cloud-stub/ports.ts';
import type { ThingRow } from '../../cloud-stub/rows.ts';
import { createMemoryStore } from '../../cloud-stub/store/memory.ts';
import { holdFile, openSqliteStore } from '../../cloud-stub/store/sqlite.ts';
import { stampSchemaVersion } from '../support/cloud-sqlite.ts';

const thing = (thingName: string): ThingRow => ({ thingName, thingId: 'i', createdMs: 1 });

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
      store.transaction(() => store.put('things', 'R1', thing('R1')));
      store.transaction(() => store.put('things', 'R1', { ...thing('R1'), createdMs: 2 }));
      expect(store.get('things', 'R1')).toEqual({ ...thing('R1'), createdMs: 2 });
      store.transaction(() => store.remove('things', 'R1'));
      store.transaction(() => store.remove('things', 'R1'));
      expect(store.list('things')).toEqual([]);
    }));

  it('keeps an object member of any name, because robots choose the names', () =>
    withStore((store) => {
      const text = '{"thingName":"R1","thingId":"i","createdMs":1,"__proto__":{"odd":[1]}}';
      store.transaction(() => store.put('things', 'R1', JSON.parse(text) as ThingRow));
      expect(JSON.stringify(store.get('things', 'R1'))).toBe(text);
    }));

  it('lists a limited number of rows below a key, in their order', () =>
    withStore((store) => {
      store.transaction(() => {
        for (const key of ['c', 'a', 'b/2', 'b/1']) store.put('things', key, thing(key));
        store.put('jobs', 'a', { jobId: 'a' } as never);
      });
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
      store.transaction(() => {
        for (const name of ['b/2', 'a/1', 'b/10', 'b', 'c/1']) {
          store.put('things', name, thing(name));
        }
        store.put('jobs', 'b/9', {} as never);
      });
      expect(store.list('things', 'b/').map(({ key }) => key)).toEqual(['b/10', 'b/2']);
      expect(store.list('things').map(({ key }) => key)).toEqual([
        'a/1',
        'b',
        'b/10',
        'b/2',
        'c/1',
      ]);
    }));

  it('undoes all writes of a transaction that throws, and works afterwards', () =>
    withStore((store) => {
      store.transaction(() => store.put('things', 'kept', thing('kept')));
      const failing = () =>
        store.transaction(() => {
          store.put('things', 'new', thing('new'));
          store.put('things', 'kept', { ...thing('kept'), createdMs: 9 });
          store.remove('things', 'kept');
          store.put('things', 'new', thing('newer'));
          throw new Error('on purpose');
        });
      expect(failing).toThrow('on purpose');
      expect(store.list('things')).toEqual([{ key: 'kept', value: thing('kept') }]);
      expect(store.transaction(() => store.get('things', 'kept'))).toEqual(thing('kept'));
    }));

  it('reads its own writes in a transaction, and rejects a nested transaction', () =>
    withStore((store) => {
      const seen = store.transaction(() => {
        store.put('things', 'R1', thing('R1'));
        return store.list('things').length;
      });
      expect(seen).toBe(1);
      const nested = () => store.transaction(() => store.transaction(() => 1));
      expect(nested).toThrow();
      expect(store.transaction(() => 2)).toBe(2);
    }));

  it('returns copies', () =>
    withStore((store) => {
      const mine = thing('R1');
      store.transaction(() => store.put('things', 'R1', mine));
      mine.createdMs = 7;
      const read = store.get('things', 'R1');
      if (read) read.createdMs = 8;
      expect(store.get('things', 'R1')?.createdMs).toBe(1);
    }));
});

describe('the database file of the cloud store', () => {
  it('keeps its rows when it is opened again', () => {
    const path = join(folder, 'cloud.db');
    const first = openSqliteStore(path);
    first.transaction(() => first.put('things', 'R1', thing('R1')));
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
