import type { BodySettings } from '../../hal/robot-body.ts';
import type { Settings } from '../../protocol/schemas/settings.ts';
import { type Moment, type Step, unchanged } from '../kernel/machine.ts';
import { takeTokens, waitMs } from '../publish/token-bucket.ts';
import { forgetApplied, isOverridden, noteApplied, settingOf } from './desired.ts';
import type { ShadowEffect } from './effects.ts';
import { canonicalSettings, reportSettings } from './report.ts';
import { answerTimeoutMs, configureTimer, type ShadowConfig, type ShadowState } from './state.ts';

const triesMax = 3;

/**
 * Compares desired and actual settings, requests the difference from the body, and reports when there is none left. A
 * setting that was changed on the robot after it had been applied is not requested again: the report withdraws it.
 */
export function reconcile(
  before: ShadowState,
  config: ShadowConfig,
  moment: Moment,
): Step<ShadowState, ShadowEffect> {
  const { got, actual, configuring, desired } = before;
  if (!got || actual === null || configuring !== null) return unchanged(before);
  const state = noteApplied({ ...before, refused: keepRejections(before) });
  const missing = Object.entries(desired).filter(
    ([name, value]) =>
      settingOf(actual, name) !== value &&
      rejectionOf(state, name)?.value !== value &&
      !isOverridden(state, name),
  );
  if (missing.length === 0) return reportSettings({ ...state, tries: 0 }, config, moment);
  const settings = Object.fromEntries(missing);
  if (state.tries >= triesMax) {
    const refused = { ...state.refused, ...rejectAll(settings, () => 'not-held') };
    return reportSettings({ ...state, refused, tries: 0 }, config, moment);
  }
  const nowMs = moment.now.monoMs;
  const waitsMs = waitMs(state.configureBudget, 1, nowMs);
  if (waitsMs > 0) {
    return { state, effects: [{ type: 'timer/set', key: configureTimer, ms: waitsMs }] };
  }
  const configureBudget = takeTokens(state.configureBudget, 1, nowMs);
  return {
    // Removed before the request: otherwise, after a crash in between, the body's value would look like an owner's
    // change.
    state: forgetApplied({
      ...state,
      configureBudget,
      configuring: settings,
      tries: state.tries + 1,
    }),
    effects: [{ type: 'body/configure', settings }],
  };
}

/** Only the body knows what it holds now: the poll that follows leads to the report. */
export function handleConfigured(
  state: ShadowState,
  reasons: Readonly<Record<string, string>>,
): Step<ShadowState, ShadowEffect> {
  const refused = {
    ...state.refused,
    // The cloud may desire a setting called `toString`.
    ...rejectAll(state.configuring ?? {}, (name) =>
      Object.hasOwn(reasons, name) ? reasons[name] : undefined,
    ),
  };
  return {
    state: { ...state, configuring: null, timeouts: 0, refused, actual: null },
    events: [{ type: 'body/poll-requested', by: 'shadow' }],
  };
}

/** A body that does not answer may do so later; one that rejects has rejected the whole request. */
export function handleNotConfigured(
  config: ShadowConfig,
  state: ShadowState,
  code: string,
  moment: Moment,
): Step<ShadowState, ShadowEffect> {
  if (code === 'refused') {
    const names = Object.keys(state.configuring ?? {});
    return handleConfigured(state, Object.fromEntries(names.map((name) => [name, code])));
  }
  const timeouts = state.timeouts + 1;
  const doubted = { ...state.doubted, ...state.configuring };
  const tries = Math.max(0, state.tries - 1);
  return {
    // A request without an answer is not counted.
    state: { ...state, configuring: null, doubted, timeouts, tries },
    effects: [
      { type: 'timer/set', key: configureTimer, ms: answerTimeoutMs(config, timeouts, moment) },
    ],
  };
}

/** A rejection ends when another value is desired, or the body holds the value after all. */
const keepRejections = ({ refused, desired, actual }: ShadowState): ShadowState['refused'] =>
  Object.fromEntries(
    Object.entries(refused).filter(
      ([name, { value }]) =>
        settingOf(desired, name) === value && settingOf(actual, name) !== value,
    ),
  );

const rejectionOf = ({ refused }: ShadowState, name: string) =>
  Object.hasOwn(refused, name) ? refused[name] : undefined;

const rejectAll = (
  requests: Settings,
  reasonOf: (name: string) => string | undefined,
): ShadowState['refused'] =>
  Object.fromEntries(
    Object.entries(requests).flatMap(([name, value]) => {
      const reason = reasonOf(name);
      return reason === undefined ? [] : [[name, { value, reason }]];
    }),
  );

export const sameSettings = (a: BodySettings | null, b: BodySettings): boolean =>
  a !== null && canonicalSettings(a) === canonicalSettings(b);
