import type { Reply } from '../../protocol/requests.ts';
import type { Event } from '../events.ts';

/** An action that a machine requests, as plain JSON data. Each feature declares its own in its `effects.ts`. */
export interface Effect {
  readonly type: string;
}

/** The effects that the loop carries out itself. */
export type LoopEffect =
  | { readonly type: 'timer/set'; readonly key: string; readonly ms: number }
  | { readonly type: 'timer/clear'; readonly key: string }
  /** Aborts the running effect with this key. */
  | { readonly type: 'cancel'; readonly key: string }
  /** Answers a request (`kernel/requests.ts`). */
  | { readonly type: 'reply'; readonly id: string; readonly reply: Reply }
  | {
      readonly type: 'note';
      readonly level: 'info' | 'warn';
      readonly text: string;
      readonly about: object;
    };

/** What the loop passes to the handler of an effect. */
export interface Run {
  /** Aborted when the effect is cancelled, replaced, or the agent stops. */
  readonly signal: AbortSignal;
  /** Delivers events before the outcome, such as progress; stale ones are dropped. */
  emit(event: Event): void;
}

/**
 * A short effect returns nothing; a long one returns its outcome as an event. Handlers reject only because of `signal`.
 */
export type Handler<Data, Context> = (
  data: Data,
  context: Context,
) => void | Promise<Event | undefined>;

/**
 * One declared effect. `repeat`: safe to do again. `once`: the intent must be durable before the action, and after a
 * crash only evidence shows whether it was done. The turn rejects a `once` effect of a machine that stored nothing in
 * that turn.
 *
 * Of the effects with one `key` only one runs at a time. A newer one aborts the older one, whose outcome is then stale.
 */
export interface Declared<Data, Context> {
  readonly kind: 'repeat' | 'once';
  readonly key?: string | ((data: Data) => string);
  readonly run: Handler<Data, Context>;
}

/** Declared effects by their type. */
export type EffectTable<Context> = Readonly<Record<string, Declared<never, Context>>>;

/** The union of the effects that a table declares. */
export type EffectsOf<Table> = {
  [Type in keyof Table & string]: Table[Type] extends Declared<infer Data, never>
    ? { readonly type: Type } & Data
    : never;
}[keyof Table & string];

export const isOnce = <Context>(table: EffectTable<Context>, { type }: Effect): boolean =>
  table[type]?.kind === 'once';

/** `undefined`: it never replaces another effect. */
export function keyOf<Context>(table: EffectTable<Context>, effect: Effect): string | undefined {
  const key = table[effect.type]?.key;
  return typeof key === 'function' ? key(effect as never) : key;
}

/** One table of all features' effects. Throws when two features declare the same type. */
export function joinTables<Tables extends readonly EffectTable<never>[]>(
  ...tables: Tables
): Tables[number] {
  const types = tables.flatMap((table) => Object.keys(table));
  const twice = types.find((type, index) => types.indexOf(type) !== index);
  if (twice !== undefined) throw new Error(`the effect ${twice} is declared twice`);
  return Object.assign({}, ...tables) as Tables[number];
}
