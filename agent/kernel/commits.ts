import type { Store, Write } from './ports.ts';
import type { Turn } from './turn.ts';

/** Commits the writes of turns to the store. */
export interface Commits {
  /** Throws what the store's `commit` throws; then nothing of the turn is stored. */
  take(turn: Pick<Turn, 'writes' | 'isDeferrable'>): void;
  /** Stores the deferred writes, if there are any. Throws as `take`. */
  flush(): void;
}

/**
 * Theory of operation. Every commit wears the flash by one or two blocks, however small it is. Writes that a machine
 * declares deferrable (`Machine.isDeferrable`) are therefore kept in memory. They are stored with the next commit that
 * is not deferrable, or by `flush` when the agent stops. A kill or a power cut loses them; the cost is a repetition.
 * Only the newest write of a value is kept, so the buffer never exceeds the number of the machines' values.
 */
export function createCommits(store: Store): Commits {
  const waiting = new Map<string, Write>();
  const nameOf = ({ machine, key }: Write): string => `${machine}\n${key}`;
  const commit = (writes: readonly Write[]): void => {
    const newer = new Set(writes.map(nameOf));
    const older = [...waiting].filter(([name]) => !newer.has(name)).map(([, write]) => write);
    if (older.length + writes.length > 0) store.commit([...older, ...writes]);
    waiting.clear();
  };
  return {
    take({ writes, isDeferrable }) {
      if (writes.length === 0) return;
      if (!isDeferrable) return commit(writes);
      for (const write of writes) waiting.set(nameOf(write), write);
    },
    flush: () => commit([]),
  };
}
