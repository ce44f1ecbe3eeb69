import { PilotfishError } from '../../base/errors.ts';
import type { Rows, Table } from '../rows.ts';
import { copyOf } from './copy.ts';
import { ownerOf } from './owners.ts';
import type { Reads, Row, Write } from './store.ts';
import { type Context, type Entropy, type UnitParts, type Worked, workOn } from './unit.ts';

/**
 * Theory of operation. A handler is synchronous, but a store that several processes share answers later. So the handler
 * runs on the rows that are at hand. A read that is missing ends the run; the row is fetched, and the handler runs again
 * from its beginning. What it emitted and wrote in a run that was ended is dropped, even if it caught the end itself:
 * only the missing read decides. Random numbers are the same in each run: a handler may read the row of an id that it has
 * just drawn. The writes are committed when the owners of all rows that were read (`owners.ts`) have
 * the versions that they had then; otherwise everything is fetched again, and the handler runs again.
 *
 *     run → lacks a row  → fetch → run …
 *     run → worked       → commit → done
 *                                 → conflict: forget, fetch all, run …
 */

/** A read of a handler. */
export type Read =
  | { readonly kind: 'row'; readonly table: Table; readonly key: string }
  | { readonly kind: 'list'; readonly table: Table; readonly prefix: string }
  | { readonly kind: 'before'; readonly table: Table; readonly end: string; readonly max: number };

/** The rows of one read, and the version of their owner; a list over several owners has no version. */
export interface Fetched {
  readonly rows: readonly Row<Rows[Table]>[];
  readonly version?: number;
}

/** By owner, the version that it must still have. */
export type Fences = ReadonlyMap<string, number>;

/** A store for several processes. An owner's version counts the commits that wrote rows of this owner. */
export interface SharedStore {
  /** Answers all the reads as they are at one moment. */
  fetch(reads: readonly Read[]): Promise<readonly Fetched[]>;
  /** Stores all writes durably; false when an owner has another version: then nothing is stored. */
  commit(writes: readonly Write[], fences: Fences): Promise<boolean>;
}

/** The owner whose version covers this read; undefined when there are several. */
export function ownerOfRead(read: Read): string | undefined {
  if (read.kind === 'row') return ownerOf(read.table, read.key);
  const isWithin = read.kind === 'list' && read.prefix.includes('/');
  return isWithin ? ownerOf(read.table, read.prefix) : undefined;
}

export interface Rerun<T> {
  /** Runs the handler on what is at hand: what it lacks, or what it led to. */
  run(): { readonly lacks: Read } | { readonly worked: Worked<T>; readonly fences: Fences };
  /** Adds what was fetched. What was there before is dropped when it was of another version. */
  supply(reads: readonly Read[], fetched: readonly Fetched[]): void;
  /** After a conflict: drops everything, and returns what had been read. */
  forget(): readonly Read[];
}

/** The end of a run. */
class Lacking extends Error {}

export function createRerun<T>(
  parts: UnitParts & { readonly nowMs: number },
  work: (ctx: Context) => T,
): Rerun<T> {
  const known = new Map<string, { readonly read: Read; readonly rows: Fetched['rows'] }>();
  const fences = new Map<string, number>();
  const drawn: string[] = [];
  const forget = () => {
    const reads = [...known.values()].map(({ read }) => read);
    known.clear();
    fences.clear();
    return reads;
  };
  return {
    run() {
      let lacks: Read | undefined;
      const rowsFor = (read: Read) => {
        const found = lacks === undefined ? known.get(nameOf(read)) : undefined;
        if (found !== undefined) return found.rows as Row<never>[];
        lacks ??= read;
        throw new Lacking(`${read.table} is not at hand`);
      };
      let draws = 0;
      const entropy: Entropy = (bytes) => {
        const before = drawn[draws];
        const value = before?.length === 2 * bytes ? before : parts.entropy(bytes);
        drawn[draws] = value;
        draws += 1;
        return value;
      };
      let worked: Worked<T> | undefined;
      try {
        worked = workOn(readsFrom(rowsFor), { ...parts, entropy }, work);
      } catch (error) {
        if (lacks === undefined) throw error;
      }
      return lacks === undefined && worked !== undefined
        ? { worked, fences }
        : { lacks: lacks as never };
    },
    supply(reads, fetched) {
      const isOlder = reads.some((read, i) => {
        const before = fences.get(ownerOfRead(read) ?? '');
        return before !== undefined && before !== fetched[i]?.version;
      });
      if (isOlder) forget();
      for (const [i, read] of reads.entries()) {
        const { rows = [], version } = fetched[i] ?? {};
        known.set(nameOf(read), { read, rows });
        const owner = ownerOfRead(read);
        if (owner !== undefined && version !== undefined) fences.set(owner, version);
      }
    },
    forget,
  };
}

/** How often a handler may lack something: it reads a row for each target of a job. */
const fetchesMax = 20_000;
/** Another process writes rows of the same owner each time: something is wrong. */
const conflictsMax = 50;

/**
 * Runs `work` on a shared store and commits it. `expected` are reads that it will probably make: they are fetched at once.
 * What it emitted may leave when the promise is fulfilled. Rejects with `store-busy` after too many conflicts.
 */
export async function runOn<T>(
  store: SharedStore,
  parts: UnitParts & { readonly nowMs: number },
  work: (ctx: Context) => T,
  expected: readonly Read[] = [],
): Promise<Worked<T>> {
  const rerun = createRerun(parts, work);
  let reads = expected;
  let conflicts = 0;
  for (let fetches = 0; fetches < fetchesMax && conflicts < conflictsMax; fetches += 1) {
    if (reads.length > 0) rerun.supply(reads, await store.fetch(reads));
    const ran = rerun.run();
    if ('lacks' in ran) {
      reads = [ran.lacks];
      continue;
    }
    const { worked, fences } = ran;
    if (worked.writes.length === 0 || (await store.commit(worked.writes, fences))) return worked;
    conflicts += 1;
    reads = rerun.forget();
  }
  throw new PilotfishError('store-busy', `a unit of work had ${conflicts} conflicts`, {
    hint: 'look for a second process that writes rows of the same robot without end',
  });
}

const nameOf = (read: Read): string =>
  read.kind === 'row'
    ? `row ${read.table} ${read.key}`
    : read.kind === 'list'
      ? `list ${read.table} ${read.prefix}`
      : `before ${read.table} ${read.max} ${read.end}`;

/** Reads that are answered from what was fetched. The rows are shared by the runs, so each gets copies. */
function readsFrom(rowsFor: (read: Read) => Row<never>[]): Reads {
  const copies = <K extends Table>(read: Read): Row<Rows[K]>[] => copyOf(rowsFor(read));
  return {
    get: <K extends Table>(table: K, key: string) =>
      copies<K>({ kind: 'row', table, key })[0]?.value,
    list: (table, prefix = '') => copies({ kind: 'list', table, prefix }),
    listBefore: (table, end, max) => copies({ kind: 'before', table, end, max }),
  };
}
