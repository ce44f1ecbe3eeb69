import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../base/errors.ts';
import { makeFolder, syncFolder } from '../base/files.ts';
import type { ArchiveEntry } from './rows.ts';

/**
 * The archive's files: one a day (UTC), `YYYY-MM-DD.jsonl`, append-only, one message a line in order. A line counts
 * once it is whole and flushed. A line that a crash left incomplete is cut off before the next one is written.
 */
export interface ArchiveFiles {
  /** The highest number that was stored at the start, 0 for none. */
  readonly last: number;
  /**
   * Appends durably, by number, what is not stored yet. Throws what the file system throws; the next call starts over.
   */
  append(entries: readonly ArchiveEntry[]): Promise<void>;
}

/** Longer than any line: a message of the largest size, escaped. */
const tailBytes = 1024 * 1024;

/** Makes the folder, or repairs its files. Throws what the file system throws. */
export async function openArchiveFiles(folder: string): Promise<ArchiveFiles> {
  const first = await repairFiles(folder);
  let last: number | undefined = first;
  return {
    last: first,
    async append(entries) {
      const from = last ?? (await repairFiles(folder));
      last = undefined;
      const fresh = entries.filter(({ seq }) => seq > from);
      for (const [day, list] of Map.groupBy(fresh, (entry) => entry.day)) {
        await appendTo(folder, `${day}.jsonl`, list);
      }
      last = fresh.at(-1)?.seq ?? from;
    },
  };
}

/** The messages since `sinceMs` in order, as far as the files hold them. Throws what the file system throws. */
export async function* readArchive(folder: string, sinceMs: number): AsyncGenerator<ArchiveEntry> {
  for (const name of await dayFiles(folder)) {
    for await (const line of linesOf(join(folder, name))) {
      const entry = readLine(line);
      if (entry !== undefined && entry.atMs >= sinceMs) yield entry;
    }
  }
}

/** Does not use `readline`: it also splits at U+2028, which a robot's text may contain. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, 'utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
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

/** Makes the folder, cuts off an incomplete line, and returns the highest number in the files, 0 for none. */
async function repairFiles(folder: string): Promise<number> {
  await makeFolder(folder, 0o700);
  for (const name of (await dayFiles(folder)).reverse()) {
    const file = await open(join(folder, name), 'r+');
    try {
      const entry = await lastWhole(file);
      if (entry !== undefined) return entry.seq;
    } finally {
      await file.close();
    }
  }
  return 0;
}

async function lastWhole(file: FileHandle): Promise<ArchiveEntry | undefined> {
  const { size } = await file.stat();
  const start = Math.max(0, size - tailBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
  const tail = buffer.subarray(0, bytesRead);
  const end = tail.lastIndexOf('\n') + 1;
  if (start + end < size) {
    await file.truncate(start + end);
    await file.sync();
  }
  const lines = tail.subarray(0, end).toString('utf8').split('\n');
  return lines.map(readLine).findLast((entry) => entry !== undefined);
}

function readLine(line: string): ArchiveEntry | undefined {
  try {
    const entry = JSON.parse(line) as ArchiveEntry | null;
    return typeof entry?.seq === 'number' ? entry : undefined;
  } catch {
    return undefined;
  }
}

async function dayFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => /^\d{4}-\d\d-\d\d\.jsonl$/.test(name)).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
