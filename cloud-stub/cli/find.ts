import { join } from 'node:path';
import { plain, table, utcMinute } from '../../base/text.ts';
import { readArchive } from '../archive-files.ts';
import type { OperatorClient } from '../operator-client.ts';
import type { Found } from '../services/find.ts';

/** `cloud-stub find`: everything with one id, in the tables of the running stub and in its archive. */

export interface FoundAll {
  readonly found: readonly Found[];
  /** Messages in the archive that contain the id, the newest few. */
  readonly archive: readonly {
    readonly id: string;
    readonly atMs: number;
    readonly day: string;
    readonly robot: string;
    readonly topic: string;
  }[];
  /** How many there are in all. */
  readonly archived: number;
}

const archiveMax = 20;

export async function findAll(
  client: OperatorClient,
  { dir, id }: { dir: string; id: string },
): Promise<FoundAll> {
  const found = await client.find(id);
  const word = JSON.stringify(id);
  const archive: FoundAll['archive'][number][] = [];
  let archived = 0;
  for await (const entry of readArchive(join(dir, 'archive'), 0)) {
    const { atMs, day, robot, topic, payload } = entry;
    if (robot !== id && !payload.includes(word)) continue;
    archived += 1;
    archive.push({ id: entry.id, atMs, day, robot, topic });
    if (archive.length > archiveMax) archive.shift();
  }
  return { found, archive, archived };
}

export function showFound({ found, archive, archived }: FoundAll): string {
  const rows = table(
    ['CHANGED (UTC)', 'WHAT', 'ROBOT', 'STATUS', 'ID'],
    found.map(({ kind, robot, id, status, atMs }) => [
      utcMinute(atMs),
      kind,
      plain(robot ?? '-'),
      plain(status),
      plain(id),
    ]),
    'nothing has this id',
  );
  if (archived === 0) return rows;
  const some = archive.length < archived ? `, the newest ${archive.length}` : '';
  const messages = table(
    ['ARRIVED (UTC)', 'FILE', 'ENTRY', 'TOPIC'],
    archive.map(({ atMs, day, id, topic }) => [
      utcMinute(atMs),
      `${day}.jsonl`,
      plain(id),
      plain(topic),
    ]),
    'none',
  );
  return `${rows}\n\nin the archive: ${archived}${some}\n${messages}`;
}
