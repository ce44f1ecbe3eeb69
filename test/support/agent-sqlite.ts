import { DatabaseSync } from 'node:sqlite';

/** Another program at a robot's store. */

/** Holds the store locked for writing until it is disposed of. */
export function lockStore(path: string): Disposable {
  const database = new DatabaseSync(path);
  database.exec('BEGIN EXCLUSIVE');
  return { [Symbol.dispose]: () => database.close() };
}

/** Replaces what is stored under `key` by `text`, whatever that is. */
export function spoilValue(path: string, key: string, text: string): void {
  const database = new DatabaseSync(path);
  database.prepare('UPDATE state SET value = ? WHERE key = ?').run(text, key);
  database.close();
}
