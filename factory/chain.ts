import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { codeOf, PilotfishError } from '../base/errors.ts';
import { createFileDurable, readTextIfThere } from '../base/files.ts';

/**
 * Theory of operation. Each entry of the journal is a file. The chain, beside the CA's key, holds a row for each entry
 * in order: number, name, digest of the file, and a link. The link is the digest of all this and of the previous link.
 * So a missing, changed, exchanged or inserted file is detected, and so is such a row, unless every later link is
 * recomputed. The head (the last link), written down elsewhere, detects that too.
 *
 * An entry is created with its row, which carries the file's whole text until the file is durable. Any process that
 * finds such a row writes the file from it. So a killed station leaves nothing undecided, and two stations at once
 * agree. A row without its text and without its file means that the file was removed.
 */
export interface Chain {
  /** Makes the entry `name` durably; false when there is one of that name, which stays as it is. */
  append(name: string, text: string): Promise<boolean>;
  /** An entry's text; undefined when it never existed. Throws `journal-broken` and `journal-corrupt`. */
  read(name: string): Promise<string | undefined>;
  /** All rows in order. */
  rows(): ChainRow[];
  /** How many were ever created, even when the last ones were removed. */
  count(): number;
}

export interface ChainRow {
  readonly n: number;
  /** The file, below the station's folder. */
  readonly name: string;
  readonly sha256: string;
  readonly link: string;
  /** The file's text, until it is durable there. */
  readonly body: string | null;
}

export const chainPath = (folder: string): string => join(folder, 'private', 'journal.db');

/** Waits for another process's transaction, which takes milliseconds. */
const busyMs = 10_000;

/** Makes an empty chain where there is none; `private` must be there. */
export function makeChain(folder: string): void {
  using database = openDatabase(folder);
  createTable(database);
}

/**
 * Puts entries of an earlier release into a new chain, all or none. Throws `journal-adopted` when there is one already.
 */
export function adoptEntries(folder: string, entries: readonly { name: string; text: string }[]) {
  using database = openDatabase(folder);
  inTransaction(database, () => {
    if (hasTable(database)) {
      throw new PilotfishError('journal-adopted', `${folder}: the journal has its chain already`, {
        hint: `factory journal --dir ${folder} --verify says whether it is whole`,
      });
    }
    createTable(database);
    for (const { name, text } of entries) insert(database, name, text, null);
  });
}

/** Opens the chain of a station's folder. Throws `journal-unchained` when there is none. */
export function openChain(folder: string): Chain {
  const database = openDatabase(folder, false);
  const byName = database.prepare('SELECT * FROM entries WHERE name = ?');
  const written = database.prepare('UPDATE entries SET body = NULL WHERE n = ?');
  const find = (name: string) => run(() => byName.get(name) as unknown as ChainRow | undefined);

  /** Writes the file of an existing row. */
  const complete = async ({ n, name, sha256, body }: ChainRow): Promise<void> => {
    if (body === null) return;
    const path = join(folder, name);
    const isNew = await createFileDurable(path, body);
    if (!isNew && digest((await readTextIfThere(path)) ?? '') !== sha256) {
      throw brokenJournalError(`${path} was there before its entry`);
    }
    run(() => written.run(n));
  };

  return {
    async append(name, text) {
      const known = find(name);
      if (known !== undefined) {
        await complete(known);
        return false;
      }
      // Before its row there is no file: a file that somebody put there must not count as an entry.
      if ((await readTextIfThere(join(folder, name))) !== undefined)
        throw unknownFileError(folder, name);
      const row = run(() => inTransaction(database, () => insert(database, name, text, text)));
      if (row !== undefined) await complete(row);
      return row !== undefined;
    },

    async read(name) {
      const row = find(name);
      const path = join(folder, name);
      if (row === undefined) {
        if ((await readTextIfThere(path)) !== undefined) throw unknownFileError(folder, name);
        return undefined;
      }
      await complete(row);
      const text = await readTextIfThere(path);
      if (text === undefined)
        throw brokenJournalError(`${path} is missing: entry ${row.n} was taken away`);
      if (digest(text) !== row.sha256) throw changedEntryError(path, row.n);
      return text;
    },

    count: () =>
      run(() =>
        Number(database.prepare('SELECT max(seq) AS n FROM sqlite_sequence').get()?.['n'] ?? 0),
      ),

    rows: () => run(() => database.prepare('SELECT * FROM entries ORDER BY n').all()) as never,
  };
}

/** Returns undefined when there is an entry of that name. */
function insert(
  database: DatabaseSync,
  name: string,
  text: string,
  body: string | null,
): ChainRow | undefined {
  if (database.prepare('SELECT n FROM entries WHERE name = ?').get(name) !== undefined) return;
  const last = database.prepare('SELECT n, link FROM entries ORDER BY n DESC LIMIT 1').get();
  const n = Number(last?.['n'] ?? 0) + 1;
  const sha256 = digest(text);
  const link = linkOf({ n, name, sha256 }, String(last?.['link'] ?? ''));
  const statement = database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?)');
  statement.run(n, name, sha256, link, body);
  return { n, name, sha256, link, body };
}

/** The link of an entry: the digest of its number, name and digest, and of the previous link. */
export const linkOf = (
  { n, name, sha256 }: Pick<ChainRow, 'n' | 'name' | 'sha256'>,
  before: string,
): string => digest(JSON.stringify([n, name, sha256, before]));

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

function openDatabase(folder: string, mayMake = true): DatabaseSync {
  const path = chainPath(folder);
  try {
    if (mayMake) closeSync(openSync(path, 'a', 0o600));
    const database = new DatabaseSync(path, { timeout: busyMs, readOnly: false });
    if (mayMake || hasTable(database)) return database;
    database.close();
  } catch (error) {
    if (error instanceof PilotfishError) throw error;
    if (mayMake) throw fromSqlite(error);
  }
  throw new PilotfishError('journal-unchained', `${folder}: the journal has no chain (${path})`, {
    hint: `restore that file from a copy; a folder of an earlier release gets one, once, by: factory journal --dir ${folder} --adopt`,
  });
}

const createTable = (database: DatabaseSync) =>
  database.exec(
    'CREATE TABLE IF NOT EXISTS entries (n INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL, link TEXT NOT NULL, body TEXT)',
  );

const hasTable = (database: DatabaseSync): boolean =>
  run(() => database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'entries'").get()) !==
  undefined;

function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const done = work();
    database.exec('COMMIT');
    return done;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function run<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fromSqlite(error);
  }
}

/** Converts SQLite's failures to the station's errors: a full disk, and problems that a person must check. */
function fromSqlite(error: unknown): unknown {
  if (codeOf(error) !== 'ERR_SQLITE_ERROR') return error;
  const number = Number((error as { errcode?: unknown }).errcode);
  const full = { 13: 'ENOSPC', 778: 'EFBIG' }[number];
  if (full !== undefined) {
    return Object.assign(new Error('the chain cannot be written', { cause: error }), {
      code: full,
    });
  }
  if ((number & 0xff) === 5) {
    return new PilotfishError('journal-busy', 'another process holds the journal', {
      cause: error,
    });
  }
  return new PilotfishError('journal-broken', 'the chain cannot be read or written', {
    cause: error,
    hint: 'restore private/journal.db and the journal from a copy',
  });
}

const restore = 'restore it from a copy, then: factory journal --verify; nothing was issued';

export const brokenJournalError = (message: string): PilotfishError =>
  new PilotfishError('journal-broken', message, { hint: restore });

export const unknownFileError = (folder: string, name: string): PilotfishError =>
  new PilotfishError('journal-broken', `${join(folder, name)} is no entry: it was put there`, {
    hint: 'move it away, then: factory journal --verify; nothing was issued',
  });

export const changedEntryError = (path: string, n: number): PilotfishError =>
  new PilotfishError('journal-corrupt', `${path} is not entry ${n} as it was written`, {
    hint: restore,
  });
