import { previousCredentials } from '../events.ts';
import type { IdentityState } from './state.ts';

/**
 * Decides whether there is room for the credentials that a renewal replaces. Any credentials that were ever in use may
 * be the only ones that the true cloud accepts, because all later ones may be from a false cloud. No evidence
 * distinguishes them: an attacker with the keys of server and renewal CA can imitate everything that the true cloud
 * does, for any time. The only thing that nobody can speed up is the robot's own running time (the clock floor).
 *
 * So credentials are not replaced before they have expired by the floor. The exception is the last place, and it may be
 * reused only after the credentials in use have been there for `lastPlaceMs` of the floor's time. Until then a renewal
 * waits, unless an operator at the robot requests it.
 */

const hourMs = 3_600_000;

/**
 * Short enough for a robot that runs an hour a day: it renews a certificate of 90 days in time, even when all places
 * are filled with credentials that are still valid by its slow floor.
 */
export const lastPlaceMs = 72 * hourMs;

/** How long a renewal has to wait, in ms of the floor's time; 0: there is room. */
export function roomWaitMs(state: IdentityState): number {
  const { renewalRequest, floorMs, row } = state;
  if (!isFull(state) || renewalRequest !== null) return 0;
  const sinceMs = row.inUseFromFloorMs;
  if (sinceMs === undefined || floorMs === null) return lastPlaceMs;
  return Math.max(0, sinceMs + lastPlaceMs - floorMs);
}

const isFull = ({ previous }: IdentityState): boolean =>
  previousCredentials.every((place) => previous[place] !== undefined);

/**
 * Records the floor, and dates the credentials in use by it when a renewal has to wait and they have no date. A lost or
 * damaged row only makes the renewal wait longer.
 */
export function withFloor(before: IdentityState, floorMs: number): IdentityState {
  const state = { ...before, floorMs };
  const { row } = state;
  const isDated = row.inUseFromFloorMs !== undefined && row.inUseFromFloorMs <= floorMs;
  return isDated || !isFull(state)
    ? state
    : { ...state, row: { ...row, inUseFromFloorMs: floorMs } };
}
