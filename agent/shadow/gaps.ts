import type { Moment, Step } from '../kernel/machine.ts';
import { takeTokens, waitMs } from '../publish/token-bucket.ts';
import type { ShadowEffect } from './effects.ts';
import { gapTimer, type ShadowState } from './state.ts';

/**
 * Detects missed versions. Each change of the shadow is a version, and the robot receives all of them: its own as
 * `update/accepted` with its token, others' as `update/accepted` with another token or none, and a delta while desired
 * and reported differ. A delta contains the whole difference, so it covers everything before it; an own update covers
 * itself. A version that nothing covers is a delta that the broker dropped, or a desired value that was withdrawn:
 * worth one get.
 */
export function recordVersion(
  state: ShadowState,
  version: number,
  covers: 'all before' | 'itself' | 'nothing',
): ShadowState {
  // After an absent shadow any number may be the first.
  const isFirst = state.covered === 0;
  const isNext = covers === 'itself' && (isFirst || version === state.covered + 1);
  const covered =
    covers === 'all before' || isNext ? Math.max(state.covered, version) : state.covered;
  return { ...state, covered, highest: Math.max(state.highest, version) };
}

const timeoutMs = 30_000;

/**
 * A message that was overtaken is not lost: the get waits a little, and a random delay spreads the robots of a fleet.
 */
export function watchGap(
  step: Step<ShadowState, ShadowEffect>,
  { random }: Moment,
): Step<ShadowState, ShadowEffect> {
  const { covered, highest } = step.state;
  if (highest <= covered) return step;
  return { ...step, effects: [...(step.effects ?? []), scheduleRequest(random)] };
}

const scheduleRequest = (random: number): ShadowEffect => ({
  type: 'timer/set',
  key: gapTimer,
  ms: Math.round(timeoutMs * (1 + random)),
});

/** Takes one of the gets allowed for a reason; or returns when there will be one. */
export function spendRequest(
  state: ShadowState,
  { now }: Moment,
): { state: ShadowState } | { waitsMs: number } {
  const waitsMs = waitMs(state.getBudget, 1, now.monoMs);
  return waitsMs > 0
    ? { waitsMs }
    : { state: { ...state, getBudget: takeTokens(state.getBudget, 1, now.monoMs) } };
}
