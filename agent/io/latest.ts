import { carried, type Mark, provenAt } from '../../protocol/time.ts';

/**
 * How late it may be, by all that tells the time here. What expires (a manifest, a command) is judged by the latest of
 *
 *     told      the time that the cloud of this connection tells
 *     earlier   what another connection of this process told, carried on by the monotonic clock
 *     proven    the clock floor: evidence that no cloud can make up, carried on likewise
 *     board     the board's own clock, where the board says that it is synchronised
 *
 * so that a cloud whose clock was turned back can revive nothing. What a false cloud has told ahead must not outlive it,
 * though: `earlier` counts for a day, and not at all when it is more than a month ahead of what is told now. Boards with a
 * synchronised clock need neither rule. See `docs/decisions/0018`.
 */
export interface TimeEvidence {
  readonly told: Mark | null;
  readonly latest: Mark | null;
  readonly proven: Mark | null;
}

export const noEvidence: TimeEvidence = { told: null, latest: null, proven: null };

const dayMs = 86_400_000;
export const earlierMsMax = dayMs;
export const disputeMsMax = 30 * dayMs;
/** A cloud tells the time. */
export function hearTime(evidence: TimeEvidence, told: Mark): TimeEvidence {
  const { latest } = evidence;
  const aheadMs = latest === null ? 0 : carried(latest, told.monoMs) - told.ms;
  const isOld = latest !== null && told.monoMs - latest.monoMs > earlierMsMax;
  const keeps = aheadMs > 0 && aheadMs <= disputeMsMax && !isOld;
  return { ...evidence, told, latest: keeps ? latest : told };
}

/** It is at least `ms`. */
export function proveTime(evidence: TimeEvidence, ms: number, monoMs: number): TimeEvidence {
  const { proven } = evidence;
  if (proven !== null && provenAt(proven, monoMs) >= ms) return evidence;
  return { ...evidence, proven: { ms, monoMs } };
}

/** `boardMs`: the board's own clock, if it is synchronised. */
export function latestOf(
  { told, latest, proven }: TimeEvidence,
  { monoMs, boardMs }: { monoMs: number; boardMs: number | null },
): number {
  const isFresh = latest !== null && monoMs - latest.monoMs <= earlierMsMax;
  return Math.max(
    boardMs ?? 0,
    told === null ? 0 : carried(told, monoMs),
    latest !== null && isFresh ? carried(latest, monoMs) : 0,
    proven === null ? 0 : provenAt(proven, monoMs),
  );
}
