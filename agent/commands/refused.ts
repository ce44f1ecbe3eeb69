import type { CommandOutcome } from '../../protocol/schemas/commands.ts';

/** How a command ended that was never begun. */
export type Refusal = Pick<CommandOutcome, 'outcome' | 'reason'>;

interface Generation {
  readonly refusals: ReadonlyMap<string, Refusal>;
  /** When the last of them has expired. */
  readonly untilMs: number;
}

/**
 * What was answered and never begun. A repetition gets the same answer, so that nothing runs after the cloud has heard that
 * it will not. Kept in memory only: a repetition after a restart comes from a cloud that has not heard the answer.
 */
export interface RefusedIds {
  /** Oldest first. */
  readonly generations: readonly Generation[];
  /** Ids up to this expiry may have been forgotten, so that none that is not known is begun. */
  readonly forgottenUntilMs: number;
}

export const noRefused: RefusedIds = { generations: [], forgottenUntilMs: 0 };

/** Together 16,384 ids; small generations, because the newest is copied with each refusal. */
const idsPerGeneration = 128;
const generationsMax = 128;

export function refusalOf({ generations }: RefusedIds, id: string): Refusal | undefined {
  return generations.find(({ refusals }) => refusals.has(id))?.refusals.get(id);
}

export function rememberRefusal(
  { generations, forgottenUntilMs }: RefusedIds,
  { id, expiresMs, refusal }: { id: string; expiresMs: number; refusal: Refusal },
  nowMs: number,
): RefusedIds {
  const alive = generations.filter(({ untilMs }) => untilMs > nowMs);
  const newest = alive.at(-1);
  const isFull = newest === undefined || newest.refusals.size >= idsPerGeneration;
  const grown: Generation = {
    refusals: new Map(isFull ? [] : newest.refusals).set(id, refusal),
    // What has expired is answered as expired without being known.
    untilMs: Math.max(isFull ? 0 : newest.untilMs, expiresMs),
  };
  const all = [...(isFull ? alive : alive.slice(0, -1)), grown];
  const gone = all.slice(0, -generationsMax);
  return {
    generations: all.slice(-generationsMax),
    forgottenUntilMs: Math.max(forgottenUntilMs, ...gone.map(({ untilMs }) => untilMs)),
  };
}
