import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PilotfishError } from '../base/errors.ts';
import { readTextIfThere } from '../base/files.ts';
import {
  brokenJournalError,
  type Chain,
  type ChainRow,
  changedEntryError,
  digest,
  linkOf,
  unknownFileError,
} from './chain.ts';

/** The folders whose files are in the chain. */
export const chainedFolders = ['journal', 'quarantine', 'revoked'] as const;

/** The last link, which covers everything before it. */
export interface Head {
  readonly n: number;
  readonly link: string;
}

/**
 * Finds the differences between the chain and the files, in order; with `texts` it also compares the files' content.
 * When it finds nothing, the journal is whole.
 */
export async function* findBreaks(
  folder: string,
  chain: Chain,
  { texts }: { texts: boolean },
): AsyncGenerator<PilotfishError> {
  const count = chain.count();
  const rows = chain.rows();
  yield* brokenLinks(rows);
  if (rows.length < count)
    yield brokenJournalError(`the chain has ${rows.length} entries of ${count}`);
  const files = new Set<string>();
  for (const part of chainedFolders) {
    for (const name of await namesIn(join(folder, part))) files.add(`${part}/${name}`);
  }
  for (const row of rows) {
    const isThere = files.delete(row.name);
    // Left by a killed station: a process that needs the entry writes its file.
    if (row.body !== null) continue;
    const path = join(folder, row.name);
    if (!isThere) yield brokenJournalError(`${path} is missing: entry ${row.n} was taken away`);
    else if (texts && digest((await readTextIfThere(path)) ?? '') !== row.sha256) {
      yield changedEntryError(path, row.n);
    }
  }
  // A row may have been added since the rows were read.
  const known = files.size > 0 ? new Set(chain.rows().map(({ name }) => name)) : new Set();
  for (const name of files) if (!known.has(name)) yield unknownFileError(folder, name);
}

function* brokenLinks(rows: readonly ChainRow[]): Generator<PilotfishError> {
  let before = '';
  for (const [at, row] of rows.entries()) {
    if (row.n !== at + 1) {
      yield brokenJournalError(`the chain goes from entry ${at} to ${row.n} (${row.name})`);
      return;
    }
    if (row.link !== linkOf(row, before)) {
      yield brokenJournalError(`the chain is broken at entry ${row.n} (${row.name})`);
      return;
    }
    before = row.link;
  }
}

/** Throws the first break: a station whose journal is not whole issues nothing. */
export async function checkWhole(folder: string, chain: Chain): Promise<void> {
  for await (const found of findBreaks(folder, chain, { texts: false })) throw found;
}

export function headOf(chain: Chain): Head {
  const last = chain.rows().at(-1);
  return { n: last?.n ?? 0, link: last?.link ?? '' };
}

/**
 * Throws `journal-broken` when `text`, a head that was written down as `NUMBER:LINK`, is not of this chain, and
 * `usage`.
 */
export function checkHead(chain: Chain, text: string): void {
  const [, number, link] = /^(\d{1,12}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (number === undefined) {
    throw new PilotfishError(
      'usage',
      `--head is "${text}", expected NUMBER:DIGEST as --verify shows`,
    );
  }
  if (chain.rows()[Number(number) - 1]?.link === link) return;
  throw brokenJournalError(`entry ${number} is not the one whose head was written down`);
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^[^.].*\.json$/.test(name));
}
