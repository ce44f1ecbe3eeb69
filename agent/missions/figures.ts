import { limits } from '../../protocol/limits.ts';
import type { Stamp } from '../../protocol/schemas/time.ts';
import { earliestMs } from '../../protocol/time.ts';

/**
 * Converts a body's values to values that a document may carry. A value that is out of range (a fault of the body or of
 * a clock) must not cost the whole document: the cloud would reject it for good. A number becomes 0, a word `unknown`,
 * and an optional field is left out. `+ 0`: JSON has no `-0`, and the document must equal what the store returns.
 */

const isWithin = (value: number, max: number): boolean => value >= 0 && value <= max;

/** In steps of a tenth. */
export const roundToTenths = (value: number, max: number): number =>
  isWithin(value, max) ? Math.round(value * 10) / 10 + 0 : 0;

/** Seconds. */
export const boundSpan = (value: number): number => roundToTenths(value, limits.spanSMax);

/** Square metres. */
export const boundArea = (value: number): number => roundToTenths(value, limits.areaM2Max);

export const boundCount = (value: number): number =>
  isWithin(value, limits.countMax) ? Math.round(value) + 0 : 0;

/** Seconds of the body's clock in one of the wall's. */
export const boundSpeed = (value: number): number =>
  isWithin(value, limits.spanSMax) ? value + 0 : 0;

export const boundPercent = (value: number): number =>
  Number.isNaN(value) ? 0 : Math.round(Math.min(100, Math.max(0, value))) + 0;

/** The maker's error code, if it is valid. */
export const errorCode = (code: number | undefined): { code?: number } =>
  Number.isSafeInteger(code) && code !== undefined ? { code: code + 0 } : {};

/** No word of ours is longer: readers reject longer words, and map unknown shorter ones to `unknown`. */
export const boundWord = <W extends string>(value: W): W => value.slice(0, 40) as W;

/** The body's name for a mission, if the protocol can carry it. */
export const bodyName = (id: string): { bodyMission?: string } =>
  /^[A-Za-z0-9_-]{1,64}$/.test(id) ? { bodyMission: id } : {};

/** A time of this agent; one that is out of range is marked as such. */
export const boundMoment = (stamp: Stamp): Stamp =>
  isWithin(stamp.wallMs, limits.wallMsMax) ? stamp : { ...stamp, wallMs: 0, quality: 'unset' };

/**
 * A time that the board's wall clock recorded, with the quality of our clock. A value below any robot's age means that
 * the clock was never set; a value later than now means that the clock went wrong since. Both get the quality `unset`.
 * The other fields are the time of receipt.
 */
export function stampAt(wallMs: number, now: Stamp): Stamp {
  const isReported = wallMs >= earliestMs && wallMs <= now.wallMs + toleranceMs;
  return boundMoment({
    ...now,
    wallMs: Math.round(wallMs) + 0,
    quality: isReported ? now.quality : 'unset',
  });
}

/** A board's clock may be slightly ahead of the cloud's without being wrong. */
const toleranceMs = 5 * 60_000;
