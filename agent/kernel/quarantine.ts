import { explain } from '../../base/errors.ts';
import type { Journal, Store, StoredValue, Write } from './ports.ts';
import { isWrapped } from './restore.ts';

/**
 * The stored values of a machine that crashes go into quarantine, under `quarantine/{machine}`. The machine starts with
 * no state, as after a lost store, and the values that caused the crash remain for analysis. The newest of each machine
 * is kept.
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
 * Moves the values in one transaction and returns what the machines may restore now. Values moved earlier stay as they
 * are. A store that rejects the move does not stop the agent: the failure is logged, and the machine starts anew in
 * memory.
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
  const removals = [...own, ...older].map((stored) => ({ ...stored, value: null }));
  const about = { machine, values: own.length, movedTo: name };
  const rest = loaded.filter((stored) => !own.includes(stored) && stored.machine !== name);
  try {
    store.commit([...removals, ...moves]);
    journal.note('warn', 'stored values quarantined', about);
  } catch (error) {
    journal.note('warn', 'stored values not quarantined', { ...about, error: explain(error) });
    return loaded.filter((stored) => !own.includes(stored));
  }
  return [...rest, ...moves];
}
