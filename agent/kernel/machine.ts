import type { Stamp } from '../../protocol/schemas/time.ts';
import type { Event } from '../events.ts';
import type { Effect } from './effects.ts';

/**
 * What every machine of the agent is.
 *
 * A machine is pure: `step` looks at its state, one event and the moment, and answers the next state, what is to be
 * done (effects, as data) and what other machines should hear (events). It does no IO, reads no clock and draws no
 * random numbers. Time and chance come in with the moment; files, network and the board are reached by effects, whose
 * outcome comes back as an event. Machines never read one another's state.
 */
export interface Machine<S extends MachineState = MachineState, E extends Effect = Effect> {
  readonly name: string;
  /** Version of `row` and `items`, and the oldest release's version that can still read them (shared A/B data). */
  readonly format: { readonly v: number; readonly minReader: number };
  /** The state at start, from what was stored; `undefined` when nothing was, or it could not be read. */
  restore(saved: Saved | undefined, moment: Moment): S;
  step(state: S, event: Event, moment: Moment): Step<S, E>;
  /** What `pilotfish status` shows of it. */
  view(state: S): Json;
  /**
   * Whether losing this change costs no more than a repetition: it is then stored with the next that may not wait
   * (`kernel/commits.ts`). Without this, none may.
   */
  isDeferrable?(change: Change): boolean;
  /** What the log says of a durable change, with the artifact's id; `undefined` when it is not worth a line. */
  logChange?(change: Change): Line | undefined;
}

/** A row (key '') or an item as it was and as it is; `undefined`: not there. */
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
  /** How many values more there are, which this release cannot read and leaves alone; none without. */
  readonly unread?: number;
}

export interface Step<S, E extends Effect = Effect> {
  readonly state: S;
  readonly effects?: readonly E[];
  /** Delivered to all machines within the same turn. */
  readonly events?: readonly Event[];
}

/** When a turn happens, and its share of chance. */
export interface Moment {
  readonly now: Stamp;
  /** How late it may be, by all that tells the time here: what expires is judged by it (`io/latest.ts`). */
  readonly latestMs: number;
  /** Uniform in [0, 1). */
  readonly random: number;
  /** 16 hex digits, fresh in every turn. */
  readonly freshId: string;
}

/** Plain JSON data. (`object` because interfaces have no index signature; the store serialises it.) */
export type Json = string | number | boolean | null | object;

export const noItems: ReadonlyMap<string, never> = new Map<string, never>();

/** The state as it was: the event means nothing here. */
export const unchanged = <S>(state: S): Step<S, never> => ({ state });

/**
 * The pause before a service that has not answered is asked again, after the `attempt`th asking (from 1): doubles from
 * `baseMs` to `capMs`, and lies up to a half above, so that in the end it is asked at most once in `capMs` and the
 * robots of a fleet apart from one another.
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
 * The pause before the cloud is looked at again although nothing suggests that there is news: within a day, and the
 * robots of a fleet apart from one another.
 */
export const dailyPollMs = (random: number): number => Math.round(86_400_000 * (0.75 + random / 4));

/** Full jitter: a uniform draw below a doubling ceiling, so that a fleet that lost its cloud together returns apart. */
export function backoffMs(
  attempt: number,
  random: number,
  bounds: { baseMs: number; capMs: number; floorMs?: number },
): number {
  const ceiling = Math.min(bounds.capMs, bounds.baseMs * 2 ** Math.min(attempt, 30));
  return Math.max(bounds.floorMs ?? 0, Math.round(random * ceiling));
}
