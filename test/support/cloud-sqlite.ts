import { DatabaseSync } from 'node:sqlite';

/** Looks at a stub's database from the outside, as `sqlite3` would, also while the stub is running. */
export function readCloudRows(path: string, table: string): Map<string, Record<string, unknown>> {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  try {
    const rows = database.prepare(`SELECT key, value FROM ${table} ORDER BY key`).all();
    return new Map(rows.map(({ key, value }) => [String(key), JSON.parse(String(value))]));
  } finally {
    database.close();
  }
}

/** Turns `path` into the file of a program with another schema. */
export function stampSchemaVersion(path: string, version: number): void {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}
