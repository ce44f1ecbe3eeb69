import { explain } from '../../base/errors.ts';
import type { Journal, Store, StoredValue, Write } from './ports.ts';
import { isWrapped } from './restore.ts';

/**
 * What a machine that crashes had stored is put into quarantine, under `quarantine/{machine}`: the machine begins anew, as after a lost
 * store, and whoever looks for the bug finds the values that caused it. The newest of each machine is kept.
 */
const quarantineName = (machine: string): string => `quarantine/${machine}`;

/** The machines whose state is in quarantine. */
export const quarantinedIn = (loaded: readonly StoredValue[]): string[] => [
  ...new Set(
    loaded.flatMap(({ machine }) =>
      machine.startsWith('quarantine/') ? [machine.slice('quarantine/'.length)] : [],
    ),
  ),
];

/**
 * Moves in one transaction, and answers what the machines may see now. What has been moved already stays as it is. A
 * store that does not take it is no reason to stay away: it is noted, and the machine begins anew in memory.
 */
export function quarantineState(
  store: Store,
  loaded: readonly StoredValue[],
  machine: string,
  journal: Journal,
): readonly StoredValue[] {
  const own = loaded.filter((stored) => stored.machine === machine);
  if (own.length === 0) return loaded;
  const name = quarantineName(machine);
  const moves = own.map(
    ({ key, value }): Write => ({
      machine: name,
      key,
      value: isWrapped(value) ? value : { v: 0, minReader: 0, data: value ?? null },
    }),
  );
  const keys = new Set(own.map(({ key }) => key));
  const older = loaded.filter((stored) => stored.machine === name && !keys.has(stored.key));
  const gone = [...own, ...older].map((stored) => ({ ...stored, value: null }));
  const about = { machine, values: own.length, movedTo: name };
  const rest = loaded.filter((stored) => !own.includes(stored) && stored.machine !== name);
  try {
    store.commit([...gone, ...moves]);
    journal.note('warn', 'stored values quarantined', about);
  } catch (error) {
    journal.note('warn', 'stored values not quarantined', { ...about, error: explain(error) });
    return loaded.filter((stored) => !own.includes(stored));
  }
  return [...rest, ...moves];
}
