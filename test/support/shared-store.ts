import { ownerOf } from '../../cloud-stub/core/owners.ts';
import {
  createRerun,
  type Fences,
  type Fetched,
  ownerOfRead,
  type Read,
  type SharedStore,
} from '../../cloud-stub/core/rerun.ts';
import type { CloudStore, Write } from '../../cloud-stub/core/store.ts';
import type { Context, UnitParts, Worked } from '../../cloud-stub/core/unit.ts';

/**
 * A store that several processes share, in memory, over any store of one process. Its versions are lost with it: no
 * unit of work outlives it.
 */
export interface MemoryShared extends SharedStore {
  fetchNow(reads: readonly Read[]): Fetched[];
  commitNow(writes: readonly Write[], fences: Fences): boolean;
  /** As if another process had committed rows of this owner. */
  touch(owner: string): void;
  /** How often it was asked. */
  readonly counts: { fetches: number; commits: number; conflicts: number };
}

export function createShared(store: CloudStore): MemoryShared {
  const versions = new Map<string, number>();
  const counts = { fetches: 0, commits: 0, conflicts: 0 };
  const versionOf = (owner: string) => versions.get(owner) ?? 0;
  const touch = (owner: string) => void versions.set(owner, versionOf(owner) + 1);
  const fetchNow = (reads: readonly Read[]): Fetched[] => {
    counts.fetches += 1;
    return reads.map((read) => {
      const owner = ownerOfRead(read);
      return {
        rows: rowsOf(store, read),
        ...(owner === undefined ? {} : { version: versionOf(owner) }),
      };
    });
  };
  const commitNow = (writes: readonly Write[], fences: Fences): boolean => {
    counts.commits += 1;
    if ([...fences].some(([owner, version]) => versionOf(owner) !== version)) {
      counts.conflicts += 1;
      return false;
    }
    store.commit(writes);
    for (const owner of new Set(writes.map(({ table, key }) => ownerOf(table, key)))) touch(owner);
    return true;
  };
  return {
    fetchNow,
    commitNow,
    touch,
    counts,
    fetch: async (reads) => fetchNow(reads),
    commit: async (writes, fences) => commitNow(writes, fences),
  };
}

function rowsOf(store: CloudStore, read: Read): Fetched['rows'] {
  if (read.kind === 'list') return store.list(read.table, read.prefix);
  if (read.kind === 'before') return store.listBefore(read.table, read.end, read.max);
  const value = store.get(read.table, read.key);
  return value === undefined ? [] : [{ key: read.key, value }];
}

/**
 * The loop of `runOn` without waiting, for a world whose clock stands while the cloud works. `meanwhile` is called
 * before each commit: other processes may commit then.
 */
export function runNow<T>(
  store: MemoryShared,
  parts: UnitParts & { readonly nowMs: number },
  work: (ctx: Context) => T,
  meanwhile: (fences: Fences) => void,
): Worked<T> {
  const rerun = createRerun(parts, work);
  for (;;) {
    const ran = rerun.run();
    if ('lacks' in ran) {
      rerun.supply([ran.lacks], store.fetchNow([ran.lacks]));
      continue;
    }
    meanwhile(ran.fences);
    if (store.commitNow(ran.worked.writes, ran.fences)) return ran.worked;
    const reads = rerun.forget();
    rerun.supply(reads, store.fetchNow(reads));
  }
}
