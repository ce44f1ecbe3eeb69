import type { CloudStore, Row } from '../ports.ts';
import type { Rows, Table } from '../rows.ts';

type Undo = () => void;

/** The cloud's rows in memory, copied on write and read as a disk would do: for the simulated world and for tests. */
export function createMemoryStore(): CloudStore {
  const tables = new Map<Table, Map<string, unknown>>();
  let undo: Undo[] | undefined;

  const tableOf = (name: Table): Map<string, unknown> => {
    const table = tables.get(name) ?? new Map<string, unknown>();
    tables.set(name, table);
    return table;
  };

  const change = (name: Table, key: string, value: unknown): void => {
    const table = tableOf(name);
    const before = table.get(key);
    undo?.push(() => void (before === undefined ? table.delete(key) : table.set(key, before)));
    if (value === undefined) table.delete(key);
    else table.set(key, value);
  };

  return {
    transaction(work) {
      if (undo !== undefined) throw new Error('a transaction does not nest');
      undo = [];
      try {
        return work();
      } catch (error) {
        for (const step of undo.reverse()) step();
        throw error;
      } finally {
        undo = undefined;
      }
    },
    get: <K extends Table>(table: K, key: string) => copyOf(tableOf(table).get(key) as Rows[K]),
    put: (table, key, value) => change(table, key, copyOf(value)),
    remove: (table, key) => change(table, key, undefined),
    list<K extends Table>(name: K, prefix = '') {
      const table = tableOf(name);
      if (table.size === 0) return [];
      const keys = [...table.keys()].filter((key) => key.startsWith(prefix)).sort();
      return keys.map((key): Row<Rows[K]> => ({ key, value: copyOf(table.get(key) as Rows[K]) }));
    },
    listBefore<K extends Table>(name: K, end: string, max: number) {
      const table = tableOf(name);
      if (table.size === 0) return [];
      const keys = [...table.keys()].filter((key) => key < end).sort();
      return keys
        .slice(0, max)
        .map((key): Row<Rows[K]> => ({ key, value: copyOf(table.get(key) as Rows[K]) }));
    },
    close: () => tables.clear(),
  };
}

/** The same result as through JSON. Rows are plain, so their members are copied without making text. */
function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const member: unknown = value[name as keyof T];
    if (member === undefined) continue;
    // Defines such a member, as JSON does: assigning it would set the prototype.
    if (name === '__proto__') Object.defineProperty(copy, name, memberOf(copyOf(member)));
    else copy[name] = copyOf(member);
  }
  return copy as T;
}

const memberOf = (value: unknown) => ({
  ...{ value, enumerable: true, configurable: true, writable: true },
});
