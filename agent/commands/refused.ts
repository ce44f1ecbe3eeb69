import type { CommandOutcome } from '../../protocol/schemas/commands.ts';
import { surelyOverMonoMs } from './ends.ts';

/** How a command ended that was never begun. */
export type Refusal = Pick<CommandOutcome, 'outcome' | 'reason'>;

interface Generation {
  readonly refusals: ReadonlyMap<string, Refusal>;
  /** When the last of them has expired, by the monotonic clock. */
  readonly untilMonoMs: number;
}

/**
 * What was answered and never begun. A repetition gets the same answer, so that nothing runs after the cloud has heard that
 * it will not. Kept in memory only: a repetition after a restart comes from a cloud that has not heard the answer.
 */
export interface RefusedIds {
  /** Oldest first. */
  readonly generations: readonly Generation[];
  /** Until then, by the monotonic clock, an id that is not known may be one that was forgotten, and is not begun. */
  readonly forgottenUntilMonoMs: number;
}

export const noRefused: RefusedIds = { generations: [], forgottenUntilMonoMs: 0 };

/** Together 16,384 ids; small generations, because the newest is copied with each refusal. */
const idsPerGeneration = 128;
const generationsMax = 128;

export function refusalOf({ generations }: RefusedIds, id: string): Refusal | undefined {
  return generations.find(({ refusals }) => refusals.has(id))?.refusals.get(id);
}

export function rememberRefusal(
  { generations, forgottenUntilMonoMs }: RefusedIds,
  { id, refusal }: { id: string; refusal: Refusal },
  monoMs: number,
): RefusedIds {
  const alive = generations.filter(({ untilMonoMs }) => untilMonoMs > monoMs);
  const newest = alive.at(-1);
  const isFull = newest === undefined || newest.refusals.size >= idsPerGeneration;
  const grown: Generation = {
    refusals: new Map(isFull ? [] : newest.refusals).set(id, refusal),
    // What has expired is answered as expired without being known.
    untilMonoMs: surelyOverMonoMs(monoMs),
  };
  const all = [...(isFull ? alive : alive.slice(0, -1)), grown];
  const gone = all.slice(0, -generationsMax);
  return {
    generations: all.slice(-generationsMax),
    forgottenUntilMonoMs: Math.max(
      forgottenUntilMonoMs,
      ...gone.map(({ untilMonoMs }) => untilMonoMs),
    ),
  };
}
