import { type Json, type Machine, type Moment, noItems, type Saved } from './machine.ts';
import { MachineCrashed } from './machine-crashed.ts';
import type { Journal, Store, StoredValue } from './ports.ts';
import type { States } from './turn.ts';

interface Wrapped {
  readonly v: number;
  readonly minReader: number;
  readonly data: Json;
}

/** Counts this start of the agent durably, before anything else. A store that cannot be written is fatal. */
export function countBoot(store: Store, loaded: readonly StoredValue[]): number {
  const row = loaded.find(({ machine, key }) => machine === 'agent' && key === '')?.value;
  const before = isWrapped(row) && typeof row.data === 'number' ? row.data : 0;
  const boot = before + 1;
  store.commit([{ machine: 'agent', key: '', value: { v: 1, minReader: 1, data: boot } }]);
  return boot;
}

/**
 * Restores the machines' states from the stored values. Both firmware slots share the store, so each value names the
 * releases that can read it (`minReader`). A value that this release cannot read is logged and left alone until its
 * machine, which starts without it, stores something else under that key. Throws `machine-crashed`, with the machine's
 * name.
 */
export function restoreStates(
  machines: readonly Machine[],
  loaded: readonly StoredValue[],
  moment: Moment,
  journal: Journal,
): States {
  const states = machines.map((machine) => {
    const own = loaded.filter((stored) => stored.machine === machine.name);
    const values = own.map(({ key, value }) => ({ key, data: readValue(machine, value) }));
    const unread = unreadIn(values);
    if (unread > 0) {
      journal.note('warn', 'stored values left alone', { machine: machine.name, values: unread });
    }
    try {
      return [machine.name, machine.restore(savedOf(values), moment)] as const;
    } catch (cause) {
      throw new MachineCrashed(machine.name, 'restore', { cause });
    }
  });
  return Object.fromEntries(states);
}

function savedOf(values: readonly Value[]): Saved | undefined {
  if (values.length === 0) return undefined;
  const row = values.find(({ key }) => key === '')?.data ?? null;
  const unread = unreadIn(values);
  const items = new Map(
    values.flatMap(({ key, data }) => (key !== '' && data !== undefined ? [[key, data]] : [])),
  );
  return { row, items: items.size > 0 ? items : noItems, ...(unread > 0 && { unread }) };
}

interface Value {
  readonly key: string;
  /** Undefined: not readable by this release. */
  readonly data: Json | undefined;
}

const unreadIn = (values: readonly Value[]): number =>
  values.filter(({ data }) => data === undefined).length;

function readValue(machine: Machine, value: unknown): Json | undefined {
  if (!isWrapped(value) || value.minReader > machine.format.v) return undefined;
  return value.data;
}

export const isWrapped = (value: unknown): value is Wrapped =>
  typeof value === 'object' &&
  value !== null &&
  'data' in value &&
  typeof (value as Wrapped).minReader === 'number';
