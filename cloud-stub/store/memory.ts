import type { CloudStore, Row } from '../ports.ts';
import type { Rows, Table } from '../rows.ts';

type Undo = () => void;

/** The cloud's rows in memory, as JSON text like on disk: for the simulated world and for tests. */
export function createMemoryStore(): CloudStore {
  const tables = new Map<Table, Map<string, string>>();
  let undo: Undo[] | undefined;

  const tableOf = (name: Table): Map<string, string> => {
    const table = tables.get(name) ?? new Map<string, string>();
    tables.set(name, table);
    return table;
  };

  const change = (name: Table, key: string, text: string | undefined): void => {
    const table = tableOf(name);
    const before = table.get(key);
    undo?.push(() => void (before === undefined ? table.delete(key) : table.set(key, before)));
    if (text === undefined) table.delete(key);
    else table.set(key, text);
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
    get: (table, key) => parse(tableOf(table).get(key)),
    put: (table, key, value) => change(table, key, JSON.stringify(value)),
    remove: (table, key) => change(table, key, undefined),
    list<K extends Table>(table: K, prefix = '') {
      const keys = [...tableOf(table).keys()].filter((key) => key.startsWith(prefix)).sort();
      return keys.map((key): Row<Rows[K]> => {
        return { key, value: JSON.parse(tableOf(table).get(key) ?? 'null') as Rows[K] };
      });
    },
    close: () => tables.clear(),
  };
}

function parse<T>(text: string | undefined): T | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as T);
}
