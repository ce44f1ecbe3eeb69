import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import type { CloudStore } from '../core/store.ts';
import { type Rows, type Table, tableNames } from '../rows.ts';

/** Increases with every change that an older program could not read. */
const schemaVersion = 1;

interface Statements {
  readonly get: StatementSync;
  readonly put: StatementSync;
  readonly remove: StatementSync;
  readonly list: StatementSync;
  readonly listBefore: StatementSync;
}

/**
 * The cloud's rows in one SQLite file: one table per kind, the key and the row as JSON text, so that `sqlite3` and its
 * JSON functions can read it. A committed transaction survives a power cut (WAL, `synchronous=FULL`).
 *
 * Throws `store-unreadable` when the file is no such store, `store-newer` when a newer program has written it, and
 * `store-full`, `store-read-only`, `store-io`, `store-out-of-reach` for a problem of the medium.
 */
export function openSqliteStore(path: string): CloudStore {
  const database = open(path);
  const statements = Object.fromEntries(
    tableNames.map((table) => [table, prepare(database, table)]),
  ) as Record<Table, Statements>;
  const of = (table: Table): Statements => statements[table];
  const transaction = {
    read: database.prepare('BEGIN'),
    write: database.prepare('BEGIN IMMEDIATE'),
    end: database.prepare('COMMIT'),
  };
  /** Within `reading`: how many reads there were. */
  let reads: number | undefined;
  /** Outside a transaction SQLite locks and unlocks the file for each read: less than a transaction costs, once. */
  const beginRead = () => {
    if (reads === undefined) return;
    reads += 1;
    if (reads === 2) transaction.read.run();
  };

  return {
    get<K extends Table>(table: K, key: string) {
      beginRead();
      const row = of(table).get.get(key);
      return row === undefined ? undefined : (JSON.parse(String(row['value'])) as Rows[K]);
    },
    list<K extends Table>(table: K, prefix = '') {
      beginRead();
      const rows = of(table).list.all(prefix, prefix);
      return rows.map(({ key, value }) => ({
        key: String(key),
        value: JSON.parse(String(value)) as Rows[K],
      }));
    },
    listBefore<K extends Table>(table: K, end: string, max: number) {
      beginRead();
      const rows = of(table).listBefore.all(end, max);
      return rows.map(({ key, value }) => ({
        key: String(key),
        value: JSON.parse(String(value)) as Rows[K],
      }));
    },
    reading(work) {
      reads = 0;
      try {
        return work();
      } finally {
        reads = undefined;
        if (database.isTransaction) transaction.end.run();
      }
    },
    commit(writes) {
      if (writes.length === 0) return;
      transaction.write.run();
      try {
        for (const { table, key, value } of writes) {
          if (value === undefined) of(table).remove.run(key);
          else of(table).put.run(key, JSON.stringify(value));
        }
        transaction.end.run();
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => database.close(),
  };
}

/**
 * Locks a file against a second process, until the returned function is called or the process ends, even by a crash.
 * Returns undefined when another process holds it. Throws `store-full`, `store-read-only`, `store-io`,
 * `store-out-of-reach`.
 */
export function holdFile(path: string): (() => void) | undefined {
  let database: DatabaseSync | undefined;
  keepPrivate(path);
  try {
    const opened = new DatabaseSync(path, { timeout: 0 });
    database = opened;
    // The kernel's lock on an open database ends with its process; a file with a process id would not.
    opened.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return () => opened.close();
  } catch (error) {
    database?.close();
    if (/locked|busy/i.test(String(error))) return undefined;
    throwMediumTrouble(error, path);
    throw error;
  }
}

/**
 * By SQLite's primary result code (sqlite.org/rescode.html). The file may be sound, so no hint says to move it away.
 */
const mediumTroubles: Readonly<Record<number, { code: string; what: string; hint: string }>> = {
  8: {
    code: 'store-read-only',
    what: 'cannot be written to',
    hint: 'make the folder and the file writable for this user, and start again',
  },
  10: { code: 'store-io', what: 'the medium fails', hint: 'check the medium and the system log' },
  13: { code: 'store-full', what: 'no room', hint: 'make room in the folder, and start again' },
  14: {
    code: 'store-out-of-reach',
    what: 'cannot be opened',
    hint: 'check the rights of folder and file, and start again',
  },
};

function throwMediumTrouble(cause: unknown, path: string): void {
  const trouble = mediumTroubles[Number((cause as { errcode?: unknown }).errcode) & 0xff];
  if (trouble === undefined) return;
  const { code, what, hint } = trouble;
  throw new PilotfishError(code, `${path}: ${what}`, { cause, hint });
}

function open(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    keepPrivate(path);
    database = new DatabaseSync(path, { timeout: 5000 });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    migrate(database, path);
    return database;
  } catch (error) {
    database?.close();
    if (codeOf(error) === 'store-newer') throw error;
    throwMediumTrouble(error, path);
    throw new PilotfishError('store-unreadable', `${path}: not a store of this program`, {
      cause: error,
      hint: 'move the file away to start with an empty store',
    });
  }
}

/** SQLite gives its other files the mode of the first one. A file of an earlier release is made private, too. */
function keepPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600));
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      if (existsSync(file)) chmodSync(file, 0o600);
    }
  } catch {
    // A full or read-only disk: opening the database reports it.
  }
}

function migrate(database: DatabaseSync, path: string): void {
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (found > schemaVersion) {
    throw new PilotfishError(
      'store-newer',
      `${path}: written by a newer program (schema ${found}, known is ${schemaVersion})`,
    );
  }
  for (const table of tableNames) {
    database.exec(
      `CREATE TABLE IF NOT EXISTS ${table} (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT`,
    );
  }
  database.exec(`PRAGMA user_version = ${schemaVersion}`);
}

function prepare(database: DatabaseSync, table: Table): Statements {
  const sql = (text: string) => database.prepare(text);
  return {
    get: sql(`SELECT value FROM ${table} WHERE key = ?`),
    put: sql(
      `INSERT INTO ${table} (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    ),
    remove: sql(`DELETE FROM ${table} WHERE key = ?`),
    // No text of UTF-8 has the byte FF, so this is after every key with the prefix.
    list: sql(
      `SELECT key, value FROM ${table} WHERE key >= ? AND key < ? || CAST(x'FF' AS TEXT) ORDER BY key`,
    ),
    listBefore: sql(`SELECT key, value FROM ${table} WHERE key < ? ORDER BY key LIMIT ?`),
  };
}
