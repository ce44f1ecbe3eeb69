import type { Stamp } from '../../protocol/schemas/time.ts';
import type { Event } from '../events.ts';
import type { Effect } from './effects.ts';

/**
 * The interface of every machine of the agent.
 *
 * A machine is pure. `step` takes its state, one event and the moment. It returns the next state, effects (actions, as
 * data) and events for other machines. It does no IO, reads no clock and draws no random numbers. Time and randomness
 * come in with the moment. Files, network and board are reached by effects, whose outcomes come back as events.
 * Machines never read one another's state.
 */
export interface Machine<S extends MachineState = MachineState, E extends Effect = Effect> {
  readonly name: string;
  /** Version of `row` and `items`, and the oldest release's version that can still read them (shared A/B data). */
  readonly format: { readonly v: number; readonly minReader: number };
  /** The state at start, from the stored values; `undefined` when there were none or they could not be read. */
  restore(saved: Saved | undefined, moment: Moment): S;
  step(state: S, event: Event, moment: Moment): Step<S, E>;
  /** The machine's part of `pilotfish status`. */
  view(state: S): Json;
  /**
   * Whether losing this change costs only a repetition. It is then stored with the next change that is not deferrable
   * (`kernel/commits.ts`). Without this method no change is deferrable.
   */
  isDeferrable?(change: Change): boolean;
  /** The log line for a durable change, with the artifact's id; `undefined` when it is not worth a line. */
  logChange?(change: Change): Line | undefined;
}

/** A row (key '') or an item before and after; `undefined`: absent. */
export interface Change {
  readonly key: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

export interface Line {
  readonly text: string;
  readonly about: object;
}

/** `row` and `items` are durable: a turn that changes one of them (by reference) is stored before its effects start. */
export interface MachineState {
  readonly row: Json;
  readonly items: ReadonlyMap<string, Json>;
}

export interface Saved {
  readonly row: Json;
  readonly items: ReadonlyMap<string, Json>;
  /** Number of further values that this release cannot read and leaves alone; absent when there are none. */
  readonly unread?: number;
}

export interface Step<S, E extends Effect = Effect> {
  readonly state: S;
  readonly effects?: readonly E[];
  /** Delivered to all machines within the same turn. */
  readonly events?: readonly Event[];
}

/** The time of a turn, and its random values. */
export interface Moment {
  readonly now: Stamp;
  /** The latest time that any source gives; expiry is judged by it (`io/latest.ts`). */
  readonly latestMs: number;
  /** Uniform in [0, 1). */
  readonly random: number;
  /** 16 hex digits, fresh in every turn. */
  readonly freshId: string;
}

/** Plain JSON data. (`object` because interfaces have no index signature; the store serialises it.) */
export type Json = string | number | boolean | null | object;

export const noItems: ReadonlyMap<string, never> = new Map<string, never>();

/** Leaves the state as it is: the event is ignored. */
export const unchanged = <S>(state: S): Step<S, never> => ({ state });

/**
 * Delay before a request without an answer is repeated, after the `attempt`th one (from 1). It doubles from `baseMs` to
 * `capMs`, plus a random part of up to one half. So in the end there is at most one request in `capMs`, and the
 * requests of a fleet are spread out.
 */
export function retryDelayMs(
  attempt: number,
  random: number,
  { baseMs, capMs }: { baseMs: number; capMs: number },
): number {
  const least = Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(least * (1 + random / 2));
}

/**
 * Delay before the cloud is polled again without a reason: at most a day, and random, so that the polls of a fleet are
 * spread out.
 */
export const dailyPollMs = (random: number): number => Math.round(86_400_000 * (0.75 + random / 4));

/**
 * Full jitter: a uniform draw below a doubling ceiling, so that a fleet that lost its cloud at once reconnects spread
 * out.
 */
export function backoffMs(
  attempt: number,
  random: number,
  bounds: { baseMs: number; capMs: number; floorMs?: number },
): number {
  const ceiling = Math.min(bounds.capMs, bounds.baseMs * 2 ** Math.min(attempt, 30));
  return Math.max(bounds.floorMs ?? 0, Math.round(random * ceiling));
}
