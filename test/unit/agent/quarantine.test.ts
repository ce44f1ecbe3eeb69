import { describe, expect, it } from 'vitest';
import type { Store, Write } from '../../../agent/kernel/ports.ts';
import { quarantinedIn, quarantineState } from '../../../agent/kernel/quarantine.ts';
import { PilotfishError } from '../../../base/errors.ts';
import { MemoryDisk } from '../../simulation/world/store.ts';
import { memoryJournal } from '../../support/agent-journal.ts';

const value = (data: unknown) => ({ v: 3, minReader: 2, data: data as object });
const write = (machine: string, key: string, data: unknown): Write => ({
  machine,
  key,
  value: value(data),
});

/** Puts `m` into quarantine on a disk with these values; answers what is there then, and what the machines see. */
function move(writes: readonly Write[], change: (store: Store) => Store = (store) => store) {
  const disk = new MemoryDisk();
  disk.open(() => {}).commit(writes);
  const journal = memoryJournal();
  const store = change(disk.open(() => {}));
  const before = disk.commits;
  const seen = quarantineState(store, store.load(), 'm', journal);
  const sorted = (values: readonly { machine: string; key: string }[]) =>
    values.map((one) => `${one.machine}:${one.key}`).sort();
  return {
    stored: disk.open(() => {}).load(),
    keys: sorted(disk.open(() => {}).load()),
    seen: sorted(seen),
    quarantined: quarantinedIn(seen),
    commits: disk.commits - before,
    journal,
  };
}

describe('the stored state of a crashed machine', () => {
  it('is moved into quarantine unchanged, in one transaction, and that of others stays', () => {
    const all = [write('m', '', 'row'), write('m', 'a', 'A'), write('n', '', 'N')];
    const { keys, seen, quarantined, commits, stored, journal } = move(all);
    expect(keys).toEqual(['n:', 'quarantine/m:', 'quarantine/m:a']);
    expect([seen, quarantined, commits]).toEqual([keys, ['m'], 1]);
    expect(stored).toContainEqual({ machine: 'quarantine/m', key: 'a', value: value('A') });
    expect(journal.notes).toEqual([
      {
        level: 'warn',
        text: 'stored values quarantined',
        about: { machine: 'm', values: 2, movedTo: 'quarantine/m' },
      },
    ]);
  });

  it('replaces what was in quarantine before', () => {
    const older = [
      write('quarantine/m', '', 'old'),
      write('quarantine/m', 'x', 'X'),
      write('quarantine/n', '', 1),
    ];
    const { keys, seen, stored } = move([...older, write('m', '', 'new'), write('m', 'a', 'A')]);
    expect(keys).toEqual(['quarantine/m:', 'quarantine/m:a', 'quarantine/n:']);
    expect(seen).toEqual(keys);
    expect(stored).toContainEqual({ machine: 'quarantine/m', key: '', value: value('new') });
  });

  it('leaves the quarantine as it is when it is empty', () => {
    const { keys, commits } = move([write('quarantine/m', '', 'old'), write('n', '', 1)]);
    expect([keys, commits]).toEqual([['n:', 'quarantine/m:'], 0]);
  });

  it('is kept although it is not valid', () => {
    const { stored, keys } = move([write('m', 'a', 'A')], (store) => ({
      ...store,
      load: () => [
        { machine: 'm', key: '', value: undefined },
        { machine: 'm', key: 'b', value: 'text' },
      ],
    }));
    expect(keys).toEqual(['m:a', 'quarantine/m:', 'quarantine/m:b']);
    expect(stored).toContainEqual({
      machine: 'quarantine/m',
      key: 'b',
      value: { v: 0, minReader: 0, data: 'text' },
    });
  });

  it('is neither moved nor restored when the store rejects the move, which is logged', () => {
    const { keys, seen, journal } = move([write('m', '', 'row'), write('n', '', 1)], (store) => ({
      ...store,
      commit() {
        throw new PilotfishError('store-full', 'full');
      },
    }));
    expect([keys, seen]).toEqual([['m:', 'n:'], ['n:']]);
    expect(journal.notes).toMatchObject([{ text: 'stored values not quarantined' }]);
  });
});
