import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** The content of an identity folder, sorted; a link as `name -> target`. */
export async function filesOfIdentity(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.map(async (entry) =>
    entry.isSymbolicLink()
      ? `${entry.name} -> ${await readlink(join(folder, entry.name))}`
      : entry.name,
  );
  return (await Promise.all(names)).toSorted();
}

/**
 * What must be there when no renewal is running: the credentials in use, the `previous` ones in their order, and the
 * factory's issuers; all credentials by their certificates' ids.
 */
export function settledIdentity(current: string, previous: readonly string[]): string[] {
  return [
    'issuers.pem',
    `current -> ${pairOf(current)}`,
    ...previous.map((id, place) => `previous-${place + 1} -> ${pairOf(id)}`),
    ...[current, ...previous].map(pairOf),
  ].toSorted();
}

const pairOf = (certificateId: string): string => `pair-${certificateId.slice(0, 16)}`;
