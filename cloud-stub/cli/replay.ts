import { join } from 'node:path';
import { readArchive } from '../archive-files.ts';
import type { OperatorClient } from '../operator-client.ts';
import { readMoment } from './call-running.ts';

/** `cloud-stub replay`: sends the archive of the folder to the stub that runs on it. */

export interface Replayed {
  readonly replayed: number;
  /** Messages that brought something new. */
  readonly changes: number;
}

/** Throws `usage` when `since` is not a time. */
export async function replayArchive(
  client: OperatorClient,
  { dir, since }: { dir: string; since: string },
): Promise<Replayed> {
  const sinceMs = readMoment('--since', since);
  let [replayed, changes] = [0, 0];
  for await (const entry of readArchive(join(dir, 'archive'), sinceMs)) {
    if (await client.replay(entry)) changes += 1;
    replayed += 1;
  }
  return { replayed, changes };
}

export const showReplayed = ({ replayed, changes }: Replayed): string =>
  `replayed ${replayed} messages, ${changes} changed something`;
