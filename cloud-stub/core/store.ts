import type { Rows, Table } from '../rows.ts';

export interface Row<T> {
  readonly key: string;
  readonly value: T;
}

/** Reads of rows. A returned value is the caller's own copy: changing it changes nothing stored. */
export interface Reads {
  get<K extends Table>(table: K, key: string): Rows[K] | undefined;
  /** The rows whose key begins with `prefix`, ordered by key. */
  list<K extends Table>(table: K, prefix?: string): Row<Rows[K]>[];
  /** The first `max` rows whose key is below `end`, ordered by key: what is due in an index by time. */
  listBefore<K extends Table>(table: K, end: string, max: number): Row<Rows[K]>[];
}

/** A row to be stored, or removed when it has no value. The value is handed over: nobody changes it later. */
export interface Write {
  readonly table: Table;
  readonly key: string;
  readonly value?: Rows[Table];
}

/** The store of the cloud's rows, synchronous. */
export interface CloudStore extends Reads {
  /** Runs `work`, whose reads cost less together. Nothing else writes meanwhile. Not nestable. */
  reading<T>(work: () => T): T;
  /** Makes all the writes durable before it returns, or throws and has stored none. */
  commit(writes: readonly Write[]): void;
  close(): void;
}
