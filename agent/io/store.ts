import { chmodSync, closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { PilotfishError } from '../../base/errors.ts';
import type { Store, StoredValue, Write } from '../kernel/ports.ts';

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const sqlite = { busy: 5, corrupt: 11, full: 13, notADatabase: 26 } as const;

/** Far more than a robot's rows ever need: a bug must not fill the medium, which updates and maps share. */
const bytesMaxDefault = 256 * 1024 * 1024;
const pageBytes = 512;

/**
 * The store in one SQLite file. WAL with `synchronous=FULL`: a commit is on the medium when it returns, and a power cut
 * never tears one. Every written block wears the robot's flash (decision 0014). So pages are small like the values; the
 * file is used by this process only, so there is no shared index file to write; and the positions of values are kept in
 * memory, so the file has no index of names either.
 *
 * A file that would grow beyond `bytesMax` is `store-full`, like a full medium. Throws `store-locked` while another
 * program has it, and SQLite's error when the file is sound but cannot be opened (no permission, no room).
 */
export function openStore(
  path: string,
  bytesMax = bytesMaxDefault,
  onQuarantined: (movedTo: string) => void = () => {},
): Store & Disposable {
  const db = openOrQuarantine(path, onQuarantined);
  db.exec(`PRAGMA max_page_count = ${Math.ceil(bytesMax / pageBytes)}`);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const end = db.prepare('COMMIT');
  const insert = db.prepare('INSERT INTO state (machine, key, value) VALUES (?, ?, ?)');
  const update = db.prepare('UPDATE state SET value = ? WHERE rowid = ?');
  const remove = db.prepare('DELETE FROM state WHERE rowid = ?');
  /** Returns the new position of the value. */
  const write = ({ machine, key, value }: Write, row: Row): Row => {
    if (value === null) {
      if (row !== undefined) remove.run(row);
      return undefined;
    }
    const json = JSON.stringify(value);
    if (row === undefined) return insert.run(machine, key, json).lastInsertRowid;
    update.run(json, row);
    return row;
  };
  const rows = rowsOf(db);
  return {
    load: () => loadRows(db),
    commit(writes) {
      try {
        begin.run();
        const after = new Map<string, Row>();
        for (const one of writes) {
          const name = nameOf(one.machine, one.key);
          after.set(name, write(one, after.has(name) ? after.get(name) : rows.get(name)));
        }
        end.run();
        for (const [name, row] of after) {
          if (row === undefined) rows.delete(name);
          else rows.set(name, row);
        }
      } catch (cause) {
        if (db.isTransaction) db.exec('ROLLBACK');
        const code = resultCode(cause) === sqlite.full ? 'store-full' : 'store-failed';
        throw new PilotfishError(code, `${path}: not stored`, { cause });
      }
    },
    [Symbol.dispose]: () => db.close(),
  };
}

/** The content of a store's file. Immutable: no process changes it, so no other file is read or written. */
export function readRows(path: string, { isImmutable }: { isImmutable: boolean }): StoredValue[] {
  const url = pathToFileURL(path);
  if (isImmutable) url.searchParams.set('immutable', '1');
  const db = new DatabaseSync(url, { readOnly: isImmutable });
  try {
    return loadRows(db);
  } finally {
    db.close();
  }
}

/** All values of an open database, oldest first. */
const loadRows = (db: DatabaseSync): StoredValue[] =>
  db
    .prepare('SELECT machine, key, value FROM state ORDER BY rowid')
    .all()
    .map((row) => ({
      machine: String(row['machine']),
      key: String(row['key']),
      value: parse(String(row['value'])),
    }));

/** The position of a value; `undefined`: absent. */
type Row = number | bigint | undefined;

const nameOf = (machine: string, key: string): string => `${machine}\n${key}`;

const rowsOf = (db: DatabaseSync): Map<string, Row> =>
  new Map(
    db
      .prepare('SELECT rowid, machine, key FROM state')
      .all()
      .map((row) => [nameOf(String(row['machine']), String(row['key'])), Number(row['rowid'])]),
  );

/** A damaged store is quarantined and never fatal: a new epoch begins. One that is only unreachable stays. */
function openOrQuarantine(path: string, onQuarantined: (movedTo: string) => void): DatabaseSync {
  try {
    return openDatabase(path);
  } catch (error) {
    const code = resultCode(error);
    if (code === sqlite.busy) {
      throw new PilotfishError('store-locked', `${path}: another program has it open`, {
        cause: error,
        hint: 'end the other agent on this dataDir, or the program that has the file open',
      });
    }
    if (code !== sqlite.corrupt && code !== sqlite.notADatabase) throw error;
    const movedTo = `${path}.corrupt`;
    // The newest damaged one is kept, with its log, and the one before.
    for (const suffix of ['', '-wal']) {
      moveIfThere(`${movedTo}${suffix}`, `${path}.corrupt-older${suffix}`);
      moveIfThere(`${path}${suffix}`, `${movedTo}${suffix}`);
    }
    rmSync(`${path}-shm`, { force: true });
    onQuarantined(movedTo);
    return openDatabase(path);
  }
}

function moveIfThere(from: string, to: string): void {
  if (existsSync(from)) renameSync(from, to);
  else rmSync(to, { force: true });
}

function openDatabase(path: string): DatabaseSync {
  // Grants and image URLs are bearer secrets; the log files beside it get the same mode.
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const db = new DatabaseSync(path);
  try {
    db.exec(`
      PRAGMA page_size = ${pageBytes};
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS state (machine TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL);
    `);
    const [check] = db.prepare('PRAGMA quick_check(1)').all();
    if (check?.['quick_check'] !== 'ok') {
      throw Object.assign(new Error('the store is damaged'), { errcode: sqlite.corrupt });
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The primary code is the lowest byte of an extended one. */
function resultCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
