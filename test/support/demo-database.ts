import { DatabaseSync } from 'node:sqlite';
import type { Rows, Table } from '../../cloud-stub/rows.ts';

/** The cloud's rows as they stand on disk, read from outside while the stub may be running. */
export function readCloudTable<K extends Table>(
  file: string,
  table: K,
): { key: string; value: Rows[K] }[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database.prepare(`SELECT key, value FROM ${table} ORDER BY key`).all();
    return rows.map(({ key, value }) => ({
      key: String(key),
      value: JSON.parse(String(value)) as Rows[K],
    }));
  } finally {
    database.close();
  }
}
