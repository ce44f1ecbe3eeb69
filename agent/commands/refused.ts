import type { CommandOutcome } from '../../protocol/schemas/commands.ts';
import { surelyOverMonoMs } from './ends.ts';

/** The outcome of a command that never started. */
export type Refusal = Pick<CommandOutcome, 'outcome' | 'reason'>;

interface Generation {
  readonly refusals: ReadonlyMap<string, Refusal>;
  /** When the last of them has expired, by the monotonic clock. */
  readonly untilMonoMs: number;
}

/**
 * Answers to commands that never started. A repetition gets the same answer, so a command never runs after the cloud
 * has received its rejection. Kept in memory only: a repetition after a restart means that the cloud has not received
 * it.
 */
export interface RefusedIds {
  /** Oldest first. */
  readonly generations: readonly Generation[];
  /** Until then, by the monotonic clock, an unknown id may be a forgotten one and is not started. */
  readonly forgottenUntilMonoMs: number;
}

export const noRefused: RefusedIds = { generations: [], forgottenUntilMonoMs: 0 };

/** Together 16,384 ids; small generations, because the newest is copied with each rejection. */
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
    // An expired command is answered as expired, known or not.
    untilMonoMs: surelyOverMonoMs(monoMs),
  };
  const all = [...(isFull ? alive : alive.slice(0, -1)), grown];
  const forgotten = all.slice(0, -generationsMax);
  return {
    generations: all.slice(-generationsMax),
    forgottenUntilMonoMs: Math.max(
      forgottenUntilMonoMs,
      ...forgotten.map(({ untilMonoMs }) => untilMonoMs),
    ),
  };
}
