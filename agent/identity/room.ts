import { previousCredentials } from '../events.ts';
import type { IdentityState } from './state.ts';

/**
 * Room for the pair that a renewal replaces. Any pair that was ever in use may be the only one that the true cloud takes,
 * because what came after it may have come from a false one. No evidence tells them apart: whoever has the keys of server
 * and renewal CA can repeat everything that a true cloud does, for as long. What nobody can hurry is the time that the
 * robot itself has run (the clock floor).
 *
 * So no pair makes room before it has expired by the floor, except for the one in the last place, and that one only after
 * the pair in use has been there for `lastPlaceMs` of the floor's time. Until then a renewal waits, unless someone at the
 * robot wants it.
 */

const hourMs = 3_600_000;

/**
 * Short enough that a robot which runs for an hour a day renews a certificate of 90 days in time, even when pairs that its
 * slow floor holds for valid fill all places.
 */
export const lastPlaceMs = 72 * hourMs;

/** How long a renewal has to wait, in ms of the floor's time; 0: there is room. */
export function roomWaitMs(state: IdentityState): number {
  const { wanted, floorMs, row } = state;
  if (!isFull(state) || wanted !== null) return 0;
  const sinceMs = row.inUseFromFloorMs;
  if (sinceMs === undefined || floorMs === null) return lastPlaceMs;
  return Math.max(0, sinceMs + lastPlaceMs - floorMs);
}

const isFull = ({ previous }: IdentityState): boolean =>
  previousCredentials.every((place) => previous[place] !== undefined);

/**
 * Takes note of the floor, and dates the pair in use by it where a renewal has to wait and nothing dates it: a lost or odd
 * row only makes it wait longer.
 */
export function withFloor(before: IdentityState, floorMs: number): IdentityState {
  const state = { ...before, floorMs };
  const { row } = state;
  const isDated = row.inUseFromFloorMs !== undefined && row.inUseFromFloorMs <= floorMs;
  return isDated || !isFull(state)
    ? state
    : { ...state, row: { ...row, inUseFromFloorMs: floorMs } };
}
