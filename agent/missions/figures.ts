import { limits } from '../../protocol/limits.ts';
import type { Stamp } from '../../protocol/schemas/time.ts';
import { earliestMs } from '../../protocol/time.ts';

/**
 * What a body says, as a document may carry it. A figure that makes no sense (a fault of the body, or of a clock) must not
 * cost the whole document: the cloud would refuse it for good. It becomes 0, a word `unknown`, and what may be missing is
 * left out. `+ 0`: JSON knows no `-0`, and what the store gives back is to be the same document.
 */

const isWithin = (value: number, max: number): boolean => value >= 0 && value <= max;

/** In steps of a tenth. */
export const tenths = (value: number, max: number): number =>
  isWithin(value, max) ? Math.round(value * 10) / 10 + 0 : 0;

/** Seconds. */
export const span = (value: number): number => tenths(value, limits.spanSMax);

/** Square metres. */
export const area = (value: number): number => tenths(value, limits.areaM2Max);

export const whole = (value: number): number =>
  isWithin(value, limits.countMax) ? Math.round(value) + 0 : 0;

/** Seconds of the body's clock in one of the wall's. */
export const speed = (value: number): number => (isWithin(value, limits.spanSMax) ? value + 0 : 0);

export const percent = (value: number): number =>
  Number.isNaN(value) ? 0 : Math.round(Math.min(100, Math.max(0, value))) + 0;

/** The maker's error code, as long as it can be one. */
export const errorCode = (code: number | undefined): { code?: number } =>
  Number.isSafeInteger(code) && code !== undefined ? { code: code + 0 } : {};

/** No word of ours is as long: readers take longer ones for a fault, and shorter ones for `unknown`. */
export const word = <W extends string>(value: W): W => value.slice(0, 40) as W;

/** The body's own name for a mission, if it is one that the protocol can carry. */
export const bodyName = (id: string): { bodyMission?: string } =>
  /^[A-Za-z0-9_-]{1,64}$/.test(id) ? { bodyMission: id } : {};

/** A moment of this agent. One that is out of all reason says so. */
export const moment = (stamp: Stamp): Stamp =>
  isWithin(stamp.wallMs, limits.wallMsMax) ? stamp : { ...stamp, wallMs: 0, quality: 'unset' };

/**
 * A moment that the board's wall clock took down, as good as our clock is: but a clock that said less than any robot's age
 * was never set, and one that said more than it is now went wrong since. The rest is when we learnt of it.
 */
export function stampAt(wallMs: number, now: Stamp): Stamp {
  const isReported = wallMs >= earliestMs && wallMs <= now.wallMs + toleranceMs;
  return moment({
    ...now,
    wallMs: Math.round(wallMs) + 0,
    quality: isReported ? now.quality : 'unset',
  });
}

/** A board's clock is a little ahead of the cloud's without being wrong. */
const toleranceMs = 5 * 60_000;
