import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type StartedStore, startStore } from '../../../agent/io/reduced-store.ts';
import { openStore } from '../../../agent/io/store.ts';
import type { Write } from '../../../agent/kernel/ports.ts';
import { memoryJournal } from '../../support/agent-journal.ts';
import { lockStore } from '../../support/agent-sqlite.ts';
import { boardClock } from '../../support/board-clock.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();
let dir = '';
let path = '';
beforeEach(async () => {
  dir = await folder();
  path = join(dir, 'store.db');
});

const put = (key: string, data: unknown): Write => ({
  machine: 'm',
  key,
  value: { v: 1, minReader: 1, data: data as object },
});
const remove = (key: string): Write => ({ machine: 'm', key, value: null });
const contents = (store: Pick<StartedStore, 'load'>): Record<string, unknown> =>
  Object.fromEntries(
    store.load().map(({ key, value }) => [key, (value as { data: unknown }).data]),
  );
const onDisk = () => {
  using store = openStore(path);
  return contents(store);
};
const fill = (...writes: Write[]) => {
  using store = openStore(path);
  store.commit(writes);
};

function start(bytesMax?: number) {
  const clock = boardClock();
  const journal = memoryJournal();
  const more = bytesMax === undefined ? {} : { bytesMax };
  const store = startStore({ path, clock, journal, ...more });
  let changes = 0;
  store.onChanged(() => changes++);
  return {
    store,
    clock,
    journal,
    changes: () => changes,
    async [Symbol.asyncDispose]() {
      store[Symbol.dispose]();
    },
  };
}

describe('a working store', () => {
  it('is used until it rejects a write', async () => {
    fill(put('', 0));
    await using it = start();
    it.store.commit([put('', 1)]);
    expect([it.store.trouble, it.changes()]).toEqual([undefined, 0]);
    it.store[Symbol.dispose]();
    it.store.commit([put('', 2)]);
    expect([it.store.trouble?.code, it.changes()]).toEqual(['store-failed', 1]);
    expect(contents(it.store)).toEqual({ '': 2 });
  });
});

describe('a store that rejects writes at the start', () => {
  it('is replaced by memory with its content, and receives all of it when it works again', async () => {
    fill(put('', 1), put('a', 'old'), put('b', 'old'));
    const lock = lockStore(path);
    await using it = start();
    expect(it.store.trouble).toMatchObject({ code: 'store-locked', sinceMs: 0 });
    it.store.commit([put('', 2), remove('a')]);
    it.store.commit([put('', 3), put('c', 'new')]);
    it.store.commit([put('d', 'newer')]);
    const all = { '': 3, b: 'old', c: 'new', d: 'newer' };
    expect(contents(it.store)).toEqual(all);
    await it.clock.pass(30_000);
    expect([it.changes(), it.store.trouble?.sinceMs]).toEqual([0, 0]);
    lock[Symbol.dispose]();
    await it.clock.pass(10_000);
    expect([it.changes(), it.store.trouble]).toEqual([1, undefined]);
    it.store.commit([put('e', 'newest')]);
    it.store[Symbol.dispose]();
    expect(onDisk()).toEqual({ ...all, e: 'newest' });
    expect(it.journal.counts()).toEqual({ 'storage-reduced/store-locked': 1 });
  });

  it('keeps what was stored in the same start when it is full', async () => {
    fill(put('', 1));
    await using it = start(8 * 1024);
    it.store.commit([put('', 2)]);
    it.store.commit([put('big', 'x'.repeat(50_000)), put('', 3)]);
    expect(it.store.trouble).toMatchObject({ code: 'store-full' });
    expect(contents(it.store)).toMatchObject({ '': 3, big: expect.any(String) });
    await it.clock.pass(60_000);
    it.store[Symbol.dispose]();
    // All or nothing.
    expect(onDisk()).toEqual({ '': 2 });
  });

  it('is replaced by memory when it and its folder are missing', async () => {
    await rm(dir, { recursive: true });
    await using it = start();
    expect(it.store.trouble?.code).toBeDefined();
    it.store.commit([put('', 1), put('a', 'x')]);
    await mkdir(dir);
    await it.clock.pass(10_000);
    expect(it.store.trouble).toBeUndefined();
    it.store[Symbol.dispose]();
    expect(onDisk()).toEqual({ '': 1, a: 'x' });
  });

  it('is not overwritten when it cannot be read, and only receives what is new', async () => {
    fill(put('', 'old row'), put('a', 'old'));
    await rename(path, `${path}.away`);
    await mkdir(path);
    await using it = start();
    expect(contents(it.store)).toEqual({});
    it.store.commit([put('', 'new row'), put('a', 'other'), put('b', 'collected'), put('c', 1)]);
    it.store.commit([remove('c')]);
    await rm(path, { recursive: true });
    await rename(`${path}.away`, path);
    await it.clock.pass(10_000);
    await it.store.restart;
    // The agent keeps its values until it has restarted.
    expect(it.store.trouble).toBeDefined();
    expect(contents(it.store)).toMatchObject({ '': 'new row' });
    it.store[Symbol.dispose]();
    expect(onDisk()).toEqual({ '': 'old row', a: 'old', b: 'collected' });
  });
});

describe('a store that is damaged', () => {
  it('is quarantined and counted, and a new one is created', async () => {
    await writeFile(path, 'x'.repeat(5000));
    await using it = start();
    expect(it.store.trouble).toBeUndefined();
    expect(it.journal.counts()).toEqual({ 'store-corrupt': 1 });
    expect(it.journal.notes[0]).toMatchObject({
      ...{ level: 'warn', about: { code: 'store-corrupt', movedTo: `${path}.corrupt` } },
    });
    it.store.commit([put('', 1)]);
    expect(await readdir(dir)).toContain('store.db.corrupt');
  });
});
