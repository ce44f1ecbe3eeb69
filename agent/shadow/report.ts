import type { BodySettings } from '../../hal/robot-body.ts';
import type { Reported } from '../../protocol/schemas/settings.ts';
import { topicOf } from '../../protocol/topics.ts';
import { type Moment, type Step, unchanged } from '../kernel/machine.ts';
import { takeTokens, waitMs } from '../publish/token-bucket.ts';
import { boundReasons, omitNames, overriddenValues } from './desired.ts';
import type { ShadowEffect } from './effects.ts';
import {
  answerTimeoutMs,
  getTimer,
  reportTimer,
  type ShadowConfig,
  type ShadowState,
} from './state.ts';

/** Limit of our own parser for the shadow. */
const reasonCharsMax = 80;

/** Foreign names that one update removes at most: a shadow has 8 KB. */
const removedMax = 64;

/**
 * Reports the robot's settings, and withdraws the desired values that a change on the robot has replaced. It does not
 * report when the cloud is known to have the report, or has not answered yet. A withdrawal is bound to the version that
 * was read, so that a desired value set meanwhile is not lost: the cloud then answers 409 (AWS IoT developer guide,
 * "Optimistic locking").
 */
export function reportSettings(
  state: ShadowState,
  config: ShadowConfig,
  moment: Moment,
): Step<ShadowState, ShadowEffect> {
  const { actual } = state;
  if (!state.linkUp || !state.got || actual === null || state.pending !== null) {
    return unchanged(state);
  }
  const reasons = boundReasons([
    ...Object.entries(state.refused).map(([name, { reason }]) => {
      return [name, reason.slice(0, reasonCharsMax)] as const;
    }),
    ...Object.entries(state.unreadable),
  ]);
  const refused: Record<string, string> = Object.fromEntries(reasons);
  const reported: Reported = { settings: actual, refused, agent: state.agent };
  const reportedText = canonicalReport(reported);
  const clears = overriddenValues(state);
  const isClearing = Object.keys(clears).length > 0;
  if (reportedText === state.reportedText && !isClearing) return unchanged(state);
  const nowMs = moment.now.monoMs;
  const waitsMs = waitMs(state.reportBudget, 1, nowMs);
  if (waitsMs > 0)
    return { state, effects: [{ type: 'timer/set', key: reportTimer, ms: waitsMs }] };
  const reportedSettings = Object.keys(actual);
  const names = { reportedRefused: Object.keys(refused), reportedSettings };
  const pending = { token: moment.freshId, reportedText, ...names, clears };
  const change = {
    ...reported,
    settings: { ...removeNames(state.reportedSettings), ...actual },
    // Built from entries, like every record with external names: one may be called `__proto__`.
    refused: Object.fromEntries([
      ...Object.entries(removeNames(state.reportedRefused)),
      ...reasons,
    ]),
  };
  const requests = state.requests + 1;
  const desired = { settings: removeNames(Object.keys(clears)) };
  return {
    state: { ...state, pending, requests, reportBudget: takeTokens(state.reportBudget, 1, nowMs) },
    effects: [
      {
        type: 'publish',
        topic: topicOf('$aws/things/{robot}/shadow/update', { robot: config.robot }),
        payload: {
          state: { ...(isClearing && { desired }), reported: change },
          ...(isClearing && { version: state.covered }),
          clientToken: pending.token,
        },
        priority: 'telemetry',
      },
      { type: 'timer/set', key: reportTimer, ms: answerTimeoutMs(config, requests, moment) },
    ],
  };
}

const removeNames = (names: readonly string[]): Record<string, null> =>
  Object.fromEntries(names.slice(0, removedMax).map((name) => [name, null] as const));

/**
 * Our own updates raise the version too, but it orders only deltas: one may have crossed ours on the way. None has when
 * the update followed directly on the known version, or was bound to it.
 */
export function acceptUpdate(
  config: ShadowConfig,
  state: ShadowState,
  { clientToken, version }: { clientToken?: string; version: number },
  moment: Moment,
): Step<ShadowState, ShadowEffect> {
  const { pending } = state;
  if (pending === null || clientToken !== pending.token) return unchanged(state);
  const { reportedText, reportedRefused, reportedSettings, clears } = pending;
  const isClearing = Object.keys(clears).length > 0;
  const applied = state.row?.applied ?? {};
  const next = reportSettings(
    {
      ...state,
      ...{ pending: null, requests: 0, reportedText, reportedRefused, reportedSettings },
      ...(isClearing && {
        version: Math.max(version, state.version),
        desired: omitNames(state.desired, clears),
        row: { applied: omitNames(applied, clears) },
      }),
    },
    config,
    moment,
  );
  return next.effects ? next : { ...next, effects: [{ type: 'timer/clear', key: reportTimer }] };
}

/** Another client has changed the shadow: it is requested again, after a delay that grows while that goes on. */
export function handleRejection(
  config: ShadowConfig,
  state: ShadowState,
  { clientToken, code }: { clientToken?: string; code: number },
  moment: Moment,
): Step<ShadowState, ShadowEffect> {
  const { pending } = state;
  if (code !== 409 || pending === null || clientToken !== pending.token) return unchanged(state);
  return {
    // The shadow may have been deleted, and count from the beginning.
    state: { ...state, pending: null, got: false, version: 0 },
    effects: [
      { type: 'timer/clear', key: reportTimer },
      { type: 'timer/set', key: getTimer, ms: answerTimeoutMs(config, state.requests, moment) },
    ],
  };
}

/** Equal reports have equal text. */
export const canonicalReport = (reported: { readonly [K in keyof Reported]?: object }): string =>
  JSON.stringify([
    sortByName(reported.settings ?? {}),
    sortByName(reported.refused ?? {}),
    sortByName(reported.agent ?? {}),
  ]);

/** Equal settings in any order have equal text. */
export const canonicalSettings = (settings: BodySettings): string =>
  JSON.stringify(sortByName(settings));

const sortByName = (record: object) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
