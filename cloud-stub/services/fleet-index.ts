import type { RobotId } from '../../protocol/topics.ts';
import type { Reads, Write } from '../core/store.ts';
import { type Fields, fieldsOf } from './fleet-document.ts';
import { matches } from './fleet-match.ts';
import type { Query } from './fleet-query.ts';
import { fleetTables, readThing } from './fleet-rows.ts';

/**
 * Theory of operation. The fields of a thing follow from its rows alone, so the index stores nothing: it keeps in memory
 * what it has computed, and computes again what a commit has changed since, at the next search. A search shows every
 * commit before it. The first search of a process computes all. Decision 0030.
 *
 * INVARIANT: `committed` is called after each commit, before the next search, and `forget` when a commit may have failed.
 */
export interface FleetIndex {
  /** The names of the first `max` matching things behind `after`, in order. The unit's own writes do not count. */
  search(store: Rows, query: Query, page: { after?: RobotId | undefined; max: number }): RobotId[];
  committed(writes: readonly Write[]): void;
  forget(): void;
  /** Computes all again. What differed from the rows, the first hundred names, would be a fault of this program. */
  rebuild(store: Rows): { readonly things: number; readonly differed: readonly RobotId[] };
  state(): FleetIndexState;
}

export interface FleetIndexState {
  /** False until the first search, or the first one after `forget`. */
  readonly isBuilt: boolean;
  readonly things: number;
  /** Things whose fields are in memory; the others are computed at each search. */
  readonly kept: number;
  /** Things that are computed again at the next search. */
  readonly stale: number;
  readonly characters: number;
}

type Rows = Pick<Reads, 'get' | 'list'>;

const differedMax = 100;

/** Names and values of all kept fields together, about three bytes of memory each. A robot can fill 64 shadows. */
const charactersMaxDefault = 32 * 1024 * 1024;

/** On a store that several processes share nothing can be kept: this process does not see what others commit. */
export function createFleetIndex({
  isShared = false,
  charactersMax = charactersMaxDefault,
} = {}): FleetIndex {
  let kept = createFields(charactersMax);
  let isBuilt = false;
  const stale = new Set<RobotId>();

  const forget = () => {
    isBuilt = false;
    kept = createFields(charactersMax);
    stale.clear();
  };
  const build = (store: Rows) => {
    const fresh = createFields(charactersMax);
    for (const { key } of store.list('things')) fresh.set(key, fieldsIn(store, key));
    return fresh;
  };
  const refresh = (store: Rows) => {
    if (!isBuilt) kept = build(store);
    isBuilt = true;
    for (const name of stale) {
      kept.set(name, fieldsIn(store, name));
      stale.delete(name);
    }
  };
  return {
    search(store, query, { after, max }) {
      if (isShared) forget();
      refresh(store);
      const found: RobotId[] = [];
      for (const name of kept.names()) {
        if (found.length === max) break;
        if (after !== undefined && name <= after) continue;
        const fields = kept.get(name) ?? fieldsIn(store, name);
        if (fields !== undefined && matches(query, fields)) found.push(name);
      }
      return found;
    },
    committed(writes) {
      if (!isBuilt) return;
      for (const { table, key } of writes) {
        if (fleetTables.has(table)) stale.add(key.split('/', 1)[0] ?? '');
      }
    },
    forget,
    rebuild(store) {
      const wasBuilt = isBuilt && !isShared;
      if (wasBuilt) refresh(store);
      const [before, fresh] = [kept, build(store)];
      const names = wasBuilt ? new Set([...before.names(), ...fresh.names()]) : [];
      const isSame = (name: RobotId) =>
        before.has(name) === fresh.has(name) &&
        // Without fields on one side there is nothing that could be wrong.
        sameFields(before.get(name) ?? fresh.get(name), fresh.get(name) ?? before.get(name));
      const differed = [...names]
        .filter((name) => !isSame(name))
        .sort()
        .slice(0, differedMax);
      forget();
      [kept, isBuilt] = [fresh, true];
      return { things: fresh.names().length, differed };
    },
    state: () => ({ isBuilt, stale: stale.size, ...kept.size() }),
  };
}

function fieldsIn(store: Rows, name: RobotId): Fields | undefined {
  const rows = readThing(store, name);
  return rows && fieldsOf(rows);
}

const sameFields = (a: Fields | undefined, b: Fields | undefined): boolean =>
  JSON.stringify([...(a ?? [])]) === JSON.stringify([...(b ?? [])]);

/** The fields of things by name, as many as `charactersMax` allows; of the others only the names. */
function createFields(charactersMax: number) {
  const things = new Map<RobotId, Fields | undefined>();
  let order: readonly RobotId[] | undefined;
  let characters = 0;
  let kept = 0;
  const drop = (name: RobotId) => {
    const fields = things.get(name);
    if (fields === undefined) return;
    characters -= charactersIn(fields);
    kept -= 1;
  };
  return {
    has: (name: RobotId) => things.has(name),
    get: (name: RobotId) => things.get(name),
    /** In order. */
    names() {
      order ??= [...things.keys()].sort();
      return order;
    },
    /** Without fields there is no such thing. */
    set(name: RobotId, fields: Fields | undefined) {
      drop(name);
      if (things.has(name) !== (fields !== undefined)) order = undefined;
      if (fields === undefined) return void things.delete(name);
      const more = charactersIn(fields);
      const isRoom = characters + more <= charactersMax;
      things.set(name, isRoom ? fields : undefined);
      if (!isRoom) return;
      characters += more;
      kept += 1;
    },
    size: () => ({ things: things.size, kept, characters }),
  };
}

/** An entry counts for as much as a short text, so that many small ones cannot fill the memory. */
const entryCharacters = 40;

function charactersIn(fields: Fields): number {
  let sum = 0;
  for (const [name, values] of fields) {
    sum += name.length + entryCharacters;
    for (const value of values) sum += typeof value === 'string' ? value.length + 8 : 8;
  }
  return sum;
}
