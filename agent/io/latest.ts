import { carried, type Mark, provenAt } from '../../protocol/time.ts';

/**
 * The latest time that any source gives. Expiry (of a manifest, a command) is judged by the latest of
 *
 *     current   the time of this connection's cloud
 *     earlier   the time of another connection of this process, carried on by the monotonic clock
 *     proven    the clock floor: evidence that no cloud can forge, carried on likewise
 *     board     the board's own clock, where the board reports it as synchronised
 *
 * So a cloud whose clock was turned back cannot make an expired item valid again. But a false cloud's time in the
 * future must not outlast that cloud: `earlier` counts for a day, and not at all when it is more than a month ahead of
 * the current cloud time. Boards with a synchronised clock need neither rule. See `docs/decisions/0018`.
 */
export interface TimeEvidence {
  readonly current: Mark | null;
  readonly latest: Mark | null;
  readonly proven: Mark | null;
}

export const noEvidence: TimeEvidence = { current: null, latest: null, proven: null };

const dayMs = 86_400_000;
export const earlierMsMax = dayMs;
export const disputeMsMax = 30 * dayMs;
/** A cloud's time was received. */
export function receiveTime(evidence: TimeEvidence, current: Mark): TimeEvidence {
  const { latest } = evidence;
  const aheadMs = latest === null ? 0 : carried(latest, current.monoMs) - current.ms;
  const isOld = latest !== null && current.monoMs - latest.monoMs > earlierMsMax;
  const keeps = aheadMs > 0 && aheadMs <= disputeMsMax && !isOld;
  return { ...evidence, current, latest: keeps ? latest : current };
}

/** It is at least `ms`. */
export function proveTime(evidence: TimeEvidence, ms: number, monoMs: number): TimeEvidence {
  const { proven } = evidence;
  if (proven !== null && provenAt(proven, monoMs) >= ms) return evidence;
  return { ...evidence, proven: { ms, monoMs } };
}

/** `boardMs`: the board's own clock, if it is synchronised. */
export function latestOf(
  { current, latest, proven }: TimeEvidence,
  { monoMs, boardMs }: { monoMs: number; boardMs: number | null },
): number {
  const isFresh = latest !== null && monoMs - latest.monoMs <= earlierMsMax;
  return Math.max(
    boardMs ?? 0,
    current === null ? 0 : carried(current, monoMs),
    latest !== null && isFresh ? carried(latest, monoMs) : 0,
    proven === null ? 0 : provenAt(proven, monoMs),
  );
}
