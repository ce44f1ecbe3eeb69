import { createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../base/errors.ts';
import { makeFolder, syncFolder } from '../base/files.ts';
import type { ArchiveEntry } from './rows.ts';
import { batchMax } from './services/archive.ts';

/**
 * The archive's files: one a day (UTC), `YYYY-MM-DD.jsonl`, append-only, one message a line. A line counts once it is
 * whole and flushed. A line that a crash left incomplete is cut off before the next one is written.
 *
 * Entries are moved here in batches, each into one file. A crash between the file and the database leaves the last
 * batch in both: its ids are at the end of the newest file, and are not written again.
 */
export interface ArchiveFiles {
  /**
   * Appends durably what is not stored yet to the file of `day` (`YYYY-MM-DD`), or to the newest one when the clock was
   * set back. Throws what the file system throws; the next call starts over.
   */
  append(entries: readonly ArchiveEntry[], day: string): Promise<void>;
}

/** What the end of the newest file holds. */
interface Tail {
  readonly day: string;
  /** The ids of its last lines. */
  readonly ids: readonly string[];
}

/** More than one batch: an entry that arrives while the database fails may change what the next batch is. */
const idsMax = 2 * batchMax;

/** Makes the folder, or repairs its files. Throws what the file system throws. */
export async function openArchiveFiles(folder: string): Promise<ArchiveFiles> {
  let tail: Tail | undefined = await repairFiles(folder);
  return {
    async append(entries, today) {
      const before: Tail = tail ?? (await repairFiles(folder));
      tail = undefined;
      const known = new Set(before.ids);
      const fresh = entries.filter(({ id }) => !known.has(id));
      const day = today > before.day ? today : before.day;
      if (fresh.length > 0) await appendTo(folder, `${day}.jsonl`, fresh);
      tail = { day, ids: [...before.ids, ...fresh.map(({ id }) => id)].slice(-idsMax) };
    },
  };
}

/** An entry, and the day of the file that holds it. */
export interface Archived extends ArchiveEntry {
  readonly day: string;
}

/** The messages since `sinceMs`, as far as the files hold them. Throws what the file system throws. */
export async function* readArchive(folder: string, sinceMs: number): AsyncGenerator<Archived> {
  for (const day of await daysIn(folder)) {
    for await (const { text } of linesOf(join(folder, `${day}.jsonl`))) {
      const entry = readLine(text);
      if (entry !== undefined && entry.atMs >= sinceMs) yield { ...entry, day };
    }
  }
}

/** The whole lines, each with the offset of its end. Not `readline`, which also splits at U+2028. */
async function* linesOf(path: string): AsyncGenerator<{ text: string; end: number }> {
  let rest: Buffer = Buffer.alloc(0);
  let end = 0;
  for await (const chunk of createReadStream(path)) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n')) {
      end += at + 1;
      yield { text: rest.subarray(0, at).toString('utf8'), end };
      rest = rest.subarray(at + 1);
    }
  }
}

async function appendTo(
  folder: string,
  name: string,
  entries: readonly ArchiveEntry[],
): Promise<void> {
  const file = await open(join(folder, name), 'a', 0o600);
  try {
    await file.writeFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(folder);
}

/** Makes the folder, cuts off an incomplete line of the newest file, and returns what that file ends with. */
async function repairFiles(folder: string): Promise<Tail> {
  await makeFolder(folder, 0o700);
  const day = (await daysIn(folder)).at(-1);
  if (day === undefined) return { day: '', ids: [] };
  const path = join(folder, `${day}.jsonl`);
  let ids: string[] = [];
  let end = 0;
  for await (const line of linesOf(path)) {
    end = line.end;
    ids.push(readLine(line.text)?.id ?? '');
    if (ids.length >= 2 * idsMax) ids = ids.slice(-idsMax);
  }
  await cutOff(path, end);
  return { day, ids: ids.slice(-idsMax) };
}

async function cutOff(path: string, end: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    if ((await file.stat()).size === end) return;
    await file.truncate(end);
    await file.sync();
  } finally {
    await file.close();
  }
}

function readLine(line: string): ArchiveEntry | undefined {
  try {
    const entry = JSON.parse(line) as ArchiveEntry | null;
    return typeof entry?.atMs === 'number' && typeof entry.payload === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}

async function daysIn(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    const files = names.filter((name) => /^\d{4}-\d\d-\d\d\.jsonl$/.test(name));
    return files.map((name) => name.slice(0, 'YYYY-MM-DD'.length)).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
