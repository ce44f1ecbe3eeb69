import { join } from 'node:path';
import { usage } from '../../base/cli.ts';
import { readArchive } from '../archive-files.ts';
import type { OperatorClient } from '../operator-client.ts';

/** `cloud-stub replay`: the archive of the folder, to the stub that runs on it. */

export interface Replayed {
  readonly replayed: number;
  /** Those that brought something which was not there. */
  readonly news: number;
}

/** Throws `usage` when `since` is no moment. */
export async function replayArchive(
  client: OperatorClient,
  { dir, since }: { dir: string; since: string },
): Promise<Replayed> {
  const sinceMs = Date.parse(since);
  if (Number.isNaN(sinceMs)) {
    throw usage(`--since is "${since}"`, 'expected a moment like 2026-01-31 or 2026-01-31T10:00Z');
  }
  let [replayed, news] = [0, 0];
  for await (const entry of readArchive(join(dir, 'archive'), sinceMs)) {
    if (await client.replay(entry)) news += 1;
    replayed += 1;
  }
  return { replayed, news };
}

export const showReplayed = ({ replayed, news }: Replayed): string =>
  `replayed ${replayed} messages, ${news} brought something new`;
