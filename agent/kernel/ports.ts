import type { Stamp } from '../../protocol/schemas/time.ts';
import type { Count } from '../counters.ts';
import type { Json } from './machine.ts';

/** What the loop needs from outside. The features' own ports are in `agent/ports.ts`. */

/** Wall clock with its quality, monotonic clock, and timers. */
export interface Time {
  now(): Omit<Stamp, 'boot'>;
  after(ms: number, action: () => void): () => void;
  /** Makes cloud time, received just now, the source of `now`. */
  sync(cloudMs: number): void;
  /** The board's own clock, whatever the cloud says. */
  boardMs(): number;
  /** It is at least `ms` now. */
  prove(ms: number): void;
  /** Whether the board's own clock is synchronised. */
  trustBoard(isSynced: boolean): void;
  /** The latest time that any source gives; expiry is judged by it. */
  latestMs(): number;
}

export interface Entropy {
  /** Uniform in [0, 1), unpredictable. */
  random(): number;
  /** 16 hex digits. */
  freshId(): string;
}

export interface Write {
  readonly machine: string;
  /** '' is the machine's row, anything else one of its items. */
  readonly key: string;
  /** `null` removes. */
  readonly value: { readonly v: number; readonly minReader: number; readonly data: Json } | null;
}

export interface StoredValue {
  readonly machine: string;
  readonly key: string;
  readonly value: unknown;
}

/** Transactions. A power cut may lose a `commit` that had not returned; it never tears one. */
export interface Store {
  load(): readonly StoredValue[];
  /**
   * All or nothing, durable on return (or, while storage is reduced, in memory: `io/reduced-store.ts`). Throws with `code`
   * `store-full` or `store-failed`.
   */
  commit(writes: readonly Write[]): void;
}

/** Where the loop reports its work: log and counters. */
export interface Journal {
  note(level: 'info' | 'warn', text: string, about: object): void;
  /** Counts an occurrence that is not worth a line each time. */
  readonly count: Count;
  /** An invalid incoming message: counted, and logged once per code. */
  countRejected(code: string, topic: string, message: string): void;
  counts(): Readonly<Record<string, number>>;
}
