import type { Moment, Step } from '../kernel/machine.ts';
import { taken, waitMs } from '../publish/token-bucket.ts';
import type { ShadowEffect } from './effects.ts';
import { gapTimer, type ShadowState } from './state.ts';

/**
 * Whether something was missed. Each change of the shadow is a version, and the robot hears of all of them: its own
 * as `update/accepted` with its token, others' as `update/accepted` with another or none, and a delta while there is
 * something to do. A delta tells of all that differs, so it covers everything before it; an own update covers itself.
 * A version that nothing covers is a delta that a broker threw away, or a wish that was taken back: worth one look.
 */
export function knows(
  state: ShadowState,
  version: number,
  covers: 'all before' | 'itself' | 'nothing',
): ShadowState {
  // After a shadow that was not there any number may be the first.
  const isFirst = state.covered === 0;
  const isNext = covers === 'itself' && (isFirst || version === state.covered + 1);
  const covered =
    covers === 'all before' || isNext ? Math.max(state.covered, version) : state.covered;
  return { ...state, covered, heard: Math.max(state.heard, version) };
}

const timeoutMs = 30_000;

/** A message that overtook another one is no loss: the look waits a little, and the robots of a fleet look apart. */
export function watchGap(
  step: Step<ShadowState, ShadowEffect>,
  { random }: Moment,
): Step<ShadowState, ShadowEffect> {
  const { covered, heard } = step.state;
  if (heard <= covered) return step;
  return { ...step, effects: [...(step.effects ?? []), pollSoon(random)] };
}

const pollSoon = (random: number): ShadowEffect => ({
  type: 'timer/set',
  key: gapTimer,
  ms: Math.round(timeoutMs * (1 + random)),
});

/** One of the looks that may be made for a reason; or when there will be one. */
export function takePoll(
  state: ShadowState,
  { now }: Moment,
): { state: ShadowState } | { waitsMs: number } {
  const waitsMs = waitMs(state.looks, 1, now.monoMs);
  return waitsMs > 0
    ? { waitsMs }
    : { state: { ...state, looks: taken(state.looks, 1, now.monoMs) } };
}
