import { copyOf } from '../core/copy.ts';
import type { CloudStore, Row } from '../core/store.ts';
import { type Rows, type Table, tableNames } from '../rows.ts';

/** The cloud's rows in memory, read as a disk would do: for the simulated world and for tests. */
export function createMemoryStore(): CloudStore {
  const tables = new Map(tableNames.map((name) => [name, new Map<string, unknown>()]));
  const tableOf = (name: Table): Map<string, unknown> => {
    const table = tables.get(name);
    if (table === undefined) throw new Error(`no table ${name}`);
    return table;
  };
  const rowsOf = <K extends Table>(name: K, keys: readonly string[]): Row<Rows[K]>[] => {
    const table = tableOf(name);
    return keys.map((key) => ({ key, value: copyOf(table.get(key) as Rows[K]) }));
  };
  return {
    get: <K extends Table>(table: K, key: string) => copyOf(tableOf(table).get(key) as Rows[K]),
    list(name, prefix = '') {
      const table = tableOf(name);
      if (table.size === 0) return [];
      return rowsOf(name, [...table.keys()].filter((key) => key.startsWith(prefix)).sort());
    },
    listBefore(name, end, max) {
      const table = tableOf(name);
      if (table.size === 0) return [];
      const keys = [...table.keys()].filter((key) => key < end).sort();
      return rowsOf(name, keys.slice(0, max));
    },
    reading: (work) => work(),
    commit(writes) {
      // All tables first: either all writes are stored or none.
      const found = writes.map((write) => ({ ...write, rows: tableOf(write.table) }));
      for (const { rows, key, value } of found) {
        if (value === undefined) rows.delete(key);
        else rows.set(key, value);
      }
    },
    close() {},
  };
}
