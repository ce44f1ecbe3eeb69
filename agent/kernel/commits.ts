import type { Store, Write } from './ports.ts';
import type { Turn } from './turn.ts';

/** How turns reach the store. */
export interface Commits {
  /** Throws what `Store.commit` throws; then nothing of the turn is stored. */
  take(turn: Pick<Turn, 'writes' | 'isDeferrable'>): void;
  /** Stores what still waits, if there is any. Throws as `take`. */
  flush(): void;
}

/**
 * Theory of operation. Every commit wears the flash by a block or two, however little it holds. What a machine says may
 * wait (`Machine.mayWait`) is therefore kept in memory and stored within the next commit that may not, or by `flush`
 * when the agent ends. A kill or a power cut loses it, and costs a repetition. What waits of a value is its newest, so
 * there is never more of it than the machines have values.
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
