/** No robot was made before this (ms since 1970): a clock that shows less was never set. */
export const earliestMs = Date.UTC(2026, 0, 1);

/** A time, and the monotonic time at which it was known. */
export interface Mark {
  readonly ms: number;
  readonly monoMs: number;
}

/** The current time by a mark whose clock runs accurately. */
export const carried = (mark: Mark, monoMs: number): number => mark.ms + monoMs - mark.monoMs;

/** Proven time must never run ahead of true time, whatever the quartz does: it is slowed by a thousandth. */
const provenPace = 0.999;

/** The least that the current time can be, by a mark. */
export const provenAt = (mark: Mark, monoMs: number): number =>
  mark.ms + Math.max(0, Math.floor((monoMs - mark.monoMs) * provenPace));

/** The year 10000, the end of certificate and ISO dates. */
export const latestMs = 253_402_300_800_000;

/** A time for people and machines; `invalid` when it is out of range. */
export const isoOf = (ms: number): string =>
  ms >= 0 && ms < latestMs ? new Date(ms).toISOString() : 'invalid';
