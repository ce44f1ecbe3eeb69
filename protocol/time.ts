/** No robot was ever made before this (ms since 1970): a clock that says less was never set. */
export const earliestMs = Date.UTC(2026, 0, 1);

/** A time and when it was known, by a monotonic clock. */
export interface Mark {
  readonly ms: number;
  readonly monoMs: number;
}

/** What it is now, by a mark whose clock keeps good time. */
export const carried = (mark: Mark, monoMs: number): number => mark.ms + monoMs - mark.monoMs;

/** Proven time must never run ahead of the true one, whatever the quartz: it is slowed by a thousandth. */
const provenPace = 0.999;

/** What it is now at least, by a mark. */
export const provenAt = (mark: Mark, monoMs: number): number =>
  mark.ms + Math.max(0, Math.floor((monoMs - mark.monoMs) * provenPace));

/** The year 10000: beyond it neither certificates nor ISO dates go. */
export const latestMs = 253_402_300_800_000;

/** A moment for people and machines alike; `invalid` for what is none. */
export const isoOf = (ms: number): string =>
  ms >= 0 && ms < latestMs ? new Date(ms).toISOString() : 'invalid';
