import { renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import type { Store, StoredValue, Write } from '../ports.ts';

/**
 * The store in one SQLite file. WAL with `synchronous=FULL`: a commit is on the medium when it returns, and a power cut
 * never tears one. Small pages, because a robot's rows are small and its flash wears out (`docs/decisions`).
 */
export function openStore(path: string): Store & Disposable {
  const db = openOrSetAside(path);
  const upsert = db.prepare(
    'INSERT INTO state (machine, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  const remove = db.prepare('DELETE FROM state WHERE machine = ? AND key = ?');
  const all = db.prepare('SELECT machine, key, value FROM state ORDER BY rowid');
  const write = ({ machine, key, value }: Write) =>
    value === null ? remove.run(machine, key) : upsert.run(machine, key, JSON.stringify(value));
  return {
    load: () =>
      all.all().map(
        (row): StoredValue => ({
          machine: String(row['machine']),
          key: String(row['key']),
          value: parse(String(row['value'])),
        }),
      ),
    commit(writes) {
      try {
        db.exec('BEGIN IMMEDIATE');
        for (const one of writes) write(one);
        db.exec('COMMIT');
      } catch (cause) {
        if (db.isTransaction) db.exec('ROLLBACK');
        const full = String(cause).includes('full');
        throw new PilotfishError(full ? 'store-full' : 'store-failed', `${path}: not stored`, {
          cause,
        });
      }
    },
    [Symbol.dispose]: () => db.close(),
  };
}

/** A store that cannot be opened is moved aside and never fatal: a new epoch begins. */
function openOrSetAside(path: string): DatabaseSync {
  try {
    return open(path);
  } catch (error) {
    if (codeOf(error) !== 'ERR_SQLITE_ERROR') throw error;
    renameSync(path, `${path}.corrupt`);
    for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    return open(path);
  }
}

function open(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    db.exec(`
      PRAGMA page_size = 1024;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS state (
        machine TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (machine, key)
      );
    `);
    const [check] = db.prepare('PRAGMA quick_check(1)').all();
    if (check?.['quick_check'] !== 'ok') {
      throw Object.assign(new Error('the store is damaged'), { code: 'ERR_SQLITE_ERROR' });
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
