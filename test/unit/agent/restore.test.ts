import { describe, expect, it } from 'vitest';
import { type Machine, noItems, type Saved } from '../../../agent/kernel/machine.ts';
import type { Store, StoredValue } from '../../../agent/kernel/ports.ts';
import { countBoot, restoreStates } from '../../../agent/kernel/restore.ts';
import { MemoryDisk } from '../../simulation/world/store.ts';
import { memoryJournal } from '../../support/agent-journal.ts';
import { moment } from '../../support/agent-machine.ts';

const wrapped = (data: unknown, minReader = 1) => ({ v: 1, minReader, data });
const stored = (key: string, value: unknown, machine = 'm'): StoredValue => ({
  machine,
  key,
  value,
});

/** What the machine `m`, whose format is version 2, gets of these values; and what is noted. */
function restoreFrom(...values: StoredValue[]) {
  let saved: Saved | undefined;
  const machine: Machine = {
    name: 'm',
    format: { v: 2, minReader: 1 },
    restore(given) {
      saved = given;
      return { row: null, items: noItems };
    },
    step: (state) => ({ state }),
    view: () => null,
  };
  const journal = memoryJournal();
  restoreStates([machine], values, moment, journal);
  return { saved, notes: journal.notes };
}

const leftAlone = (values: number) => [
  { level: 'warn', text: 'stored values left alone', about: { machine: 'm', values } },
];

describe('the restored state of a machine', () => {
  it('is empty when nothing was stored', () => {
    expect(restoreFrom()).toEqual({ saved: undefined, notes: [] });
    expect(restoreFrom(stored('', wrapped(1), 'other')).saved).toBeUndefined();
  });

  it('has its row and its items in their order', () => {
    const { saved } = restoreFrom(
      stored('b', wrapped('B')),
      stored('', wrapped('row')),
      stored('a', wrapped('A')),
    );
    expect(saved?.row).toBe('row');
    expect([...(saved?.items ?? [])]).toEqual([
      ['b', 'B'],
      ['a', 'A'],
    ]);
  });

  it.each([
    ['an older release', 1],
    ['this release', 2],
  ])('has values that %s can read', (_name, minReader) => {
    expect(restoreFrom(stored('', wrapped('row', minReader))).saved?.row).toBe('row');
  });

  it('lacks values that only a later release can read, with a note', () => {
    const { saved, notes } = restoreFrom(
      stored('', wrapped('row', 3)),
      stored('a', wrapped('A')),
      stored('b', wrapped('B')),
    );
    expect(saved?.row).toBeNull();
    expect(saved?.unread).toBe(1);
    expect([...(saved?.items.keys() ?? [])]).toEqual(['a', 'b']);
    expect(notes).toEqual(leftAlone(1));
  });

  it.each([
    ['without a value', undefined],
    ['text', 'text'],
    ['null', null],
    ['an object without data', { v: 1, minReader: 1 }],
    ['an object without a reader', { v: 1, data: 1 }],
    ['a reader that is not a number', { v: 1, minReader: '1', data: 1 }],
  ])('lacks a value that is %s', (_name, value) => {
    const { saved, notes } = restoreFrom(stored('', value), stored('a', wrapped('A')));
    expect(saved?.row).toBeNull();
    expect(notes).toEqual(leftAlone(1));
  });
});

it('names the machine that cannot restore its state', () => {
  const machine: Machine = {
    name: 'm',
    format: { v: 1, minReader: 1 },
    restore() {
      throw new TypeError('odd');
    },
    step: (state) => ({ state }),
    view: () => null,
  };
  expect(() => restoreStates([machine], [], moment, memoryJournal())).toThrow(
    expect.objectContaining({ code: 'machine-crashed', machine: 'm', event: 'restore' }),
  );
});

describe('the count of boots', () => {
  it('rises by one with each start, durably', () => {
    const disk = new MemoryDisk();
    const start = () => {
      const store = disk.open(() => {});
      return countBoot(store, store.load());
    };
    expect([start(), start(), start()]).toEqual([1, 2, 3]);
  });

  it("is not another machine's number", () => {
    const store = new MemoryDisk().open(() => {});
    expect(
      countBoot(store, [stored('', wrapped(41), 'm'), stored('x', wrapped(41), 'agent')]),
    ).toBe(1);
  });

  it.each([[undefined], ['x'], [wrapped('x')]])('starts again when it was %j', (value) => {
    const store = new MemoryDisk().open(() => {});
    expect(countBoot(store, [stored('', value, 'agent')])).toBe(1);
  });

  it('is fatal when the store rejects it', () => {
    const store: Store = {
      load: () => [],
      commit() {
        throw new Error('full');
      },
    };
    expect(() => countBoot(store, [])).toThrow('full');
  });
});
