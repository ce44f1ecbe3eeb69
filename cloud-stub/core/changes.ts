import type { Rows, Table } from '../rows.ts';
import { copyOf } from './copy.ts';
import type { Reads, Row, Write } from './store.ts';

/** The rows as one unit of work sees them: what is stored, and its own writes, which nobody else sees yet. */
export interface Changes extends Reads {
  put<K extends Table>(table: K, key: string, value: Rows[K]): void;
  remove(table: Table, key: string): void;
  /** Takes over the writes of a part of this unit of work. */
  absorb(writes: readonly Write[]): void;
  /** All writes so far, one for each row. */
  writes(): Write[];
}

/** Begins without writes over `stored`, which may be the changes of a surrounding unit. */
export function createChanges(stored: Reads): Changes {
  const written = new Map<Table, Map<string, Rows[Table] | undefined>>();
  const change = (table: Table, key: string, value: Rows[Table] | undefined) => {
    const rows = written.get(table) ?? new Map<string, Rows[Table] | undefined>();
    written.set(table, rows.set(key, value));
  };
  /** `rows` with this unit's writes among them. */
  const merge = <K extends Table>(
    table: K,
    rows: Row<Rows[K]>[],
    isIn: (key: string) => boolean,
  ): Row<Rows[K]>[] => {
    const changed = written.get(table);
    if (changed === undefined) return rows;
    const own = [...changed].flatMap(([key, value]) =>
      value !== undefined && isIn(key) ? [{ key, value: copyOf(value as Rows[K]) }] : [],
    );
    return [...rows.filter(({ key }) => !changed.has(key)), ...own].sort(byKey);
  };
  return {
    get<K extends Table>(table: K, key: string) {
      const rows = written.get(table);
      if (rows?.has(key) !== true) return stored.get(table, key);
      return copyOf(rows.get(key) as Rows[K] | undefined);
    },
    put: (table, key, value) => change(table, key, copyOf(value)),
    remove: (table, key) => change(table, key, undefined),
    list: (table, prefix = '') =>
      merge(table, stored.list(table, prefix), (key) => key.startsWith(prefix)),
    listBefore(table, end, max) {
      // So many stored rows may be hidden by this unit's own writes.
      const hidden = written.get(table)?.size ?? 0;
      return merge(table, stored.listBefore(table, end, max + hidden), (key) => key < end).slice(
        0,
        max,
      );
    },
    absorb(writes) {
      for (const { table, key, value } of writes) change(table, key, value);
    },
    writes: () =>
      [...written].flatMap(([table, rows]) =>
        [...rows].map(([key, value]) => ({
          table,
          key,
          ...(value === undefined ? {} : { value }),
        })),
      ),
  };
}

const byKey = (a: Row<unknown>, b: Row<unknown>): number =>
  a.key < b.key ? -1 : Number(a.key > b.key);
