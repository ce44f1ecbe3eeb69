import type { Clock } from '../../base/clock.ts';
import { codeOf, explain, PilotfishError } from '../../base/errors.ts';
import type { Journal, Store, StoredValue, Write } from '../kernel/ports.ts';
import type { StorageTrouble } from '../ports.ts';
import { openStore } from './store.ts';
import { readStore } from './store-read.ts';

/** The store as an agent gets it, whatever the state of the medium. */
export interface StartedStore extends Store, Disposable {
  /** Undefined: committed values are durable. */
  readonly trouble: StorageTrouble | undefined;
  /** Resolves when the agent must restart, because its store has come back with values other than its own. */
  readonly restart: Promise<void>;
  /** Called when `trouble` changes, or ends. */
  onChanged(listener: () => void): void;
}

const againMs = 10_000;

export interface StartedStoreParts {
  readonly path: string;
  readonly clock: Pick<Clock, 'monoMs' | 'after'>;
  readonly journal: Pick<Journal, 'count' | 'note'>;
  /** For tests. */
  readonly bytesMax?: number;
}

/**
 * Theory of operation. A robot whose store is full, read-only or unreachable must connect to its cloud all the same,
 * also when it starts like that. Its storage is then *reduced*: the store is read as far as possible, and commits are
 * kept in memory, the last value of each name; the machines bound their number. The store is tried every ten seconds.
 * So a `commit` never throws; `trouble` says whether it was durable.
 *
 *     whole --cannot open, or commit--> reduced --the store takes all that was kept--> whole
 *                                            +--the store holds values that were never read--> restart
 *
 * When the store could not be read at all, the machines started with no state, and their rows would overwrite older
 * ones. Then only *items* are added that the store does not have (a mission's report, whose id no other epoch can
 * have), and the agent restarts with both.
 *
 * If the process or the power ends meanwhile, the loss equals that of a lost store and is settled in the same way: the
 * body knows the commands that it accepted and the missions that it ended, the board knows its slots.
 */
export function startStore(parts: StartedStoreParts): StartedStore {
  const { path, clock, journal, bytesMax } = parts;
  const kept = new Map<string, Write>();
  const restart = Promise.withResolvers<void>();
  let real: (Store & Disposable) | undefined;
  let base: readonly StoredValue[] = [];
  let isBaseKnown = false;
  let trouble: StorageTrouble | undefined;
  let changed = () => {};
  let cancel = () => {};

  const reduce = (error: unknown): void => {
    trouble = { code: codeOf(error), detail: explain(error), sinceMs: clock.monoMs() };
    journal.count('storage-reduced', trouble.code);
    journal.note('warn', 'storage reduced: nothing is stored until there is room', trouble);
    cancel = clock.after(againMs, again);
    changed();
  };
  const again = (): void => {
    if (!tryOnce()) cancel = clock.after(againMs, again);
  };
  const tryOnce = (): boolean => {
    try {
      tryAgain();
      return true;
    } catch {
      return false;
    }
  };
  const tryAgain = (): void => {
    real ??= openStore(path, bytesMax, noteQuarantine);
    const there = real.load();
    if (!isBaseKnown && there.length > 0) {
      const names = new Set(there.map(nameOf));
      const added = [...kept.values()].filter(
        (write) => write.key !== '' && write.value !== null && !names.has(nameOf(write)),
      );
      real.commit(added);
      journal.note('warn', 'storage is back with other values: the agent begins anew', {
        added: added.length,
      });
      return restart.resolve();
    }
    real.commit([...kept.values()]);
    journal.note('info', 'storage is back', { stored: kept.size });
    kept.clear();
    trouble = undefined;
    changed();
  };
  const noteQuarantine = (movedTo: string): void => {
    journal.count('store-corrupt');
    journal.note('warn', 'store damaged: quarantined, a new epoch begins', {
      ...{ code: 'store-corrupt', movedTo },
    });
  };

  try {
    real = openStore(path, bytesMax, noteQuarantine);
    base = real.load();
    isBaseKnown = true;
  } catch (error) {
    try {
      base = readStore(path);
      isBaseKnown = true;
    } catch {
      // It may hold any value: see above.
    }
    reduce(error);
  }

  return {
    get trouble() {
      return trouble;
    },
    restart: restart.promise,
    onChanged(listener) {
      changed = listener;
    },
    load: () => {
      if (trouble === undefined && real !== undefined) return real.load();
      const values = new Map(base.map((value) => [nameOf(value), value]));
      for (const [name, { machine, key, value }] of kept) {
        if (value === null) values.delete(name);
        else values.set(name, { machine, key, value });
      }
      return [...values.values()];
    },
    commit(writes) {
      if (trouble === undefined) {
        try {
          return commitTo(real, writes);
        } catch (error) {
          base = real?.load() ?? base;
          reduce(error);
        }
      }
      for (const write of writes) kept.set(nameOf(write), write);
    },
    [Symbol.dispose]() {
      cancel();
      if (trouble !== undefined) tryOnce();
      real?.[Symbol.dispose]();
      real = undefined;
    },
  };
}

function commitTo(real: Store | undefined, writes: readonly Write[]): void {
  if (real === undefined) throw new PilotfishError('store-failed', 'the store is not open');
  real.commit(writes);
}

const nameOf = ({ machine, key }: { readonly machine: string; readonly key: string }): string =>
  `${machine}\n${key}`;
