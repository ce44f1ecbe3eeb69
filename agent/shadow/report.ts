import type { BodySettings } from '../../hal/robot-body.ts';
import type { Reported } from '../../protocol/schemas/settings.ts';
import { shadowTopics } from '../../protocol/topics.ts';
import { taken, waitMs } from '../bucket.ts';
import { type Moment, type Step, stay } from '../machine.ts';
import { pause, type ShadowConfig, type ShadowState, tellTimer } from './state.ts';

/** What our own reader takes back when the shadow is got. */
const reasonCharsMax = 80;

/** Tells the cloud what the robot has, unless it is known to know or has not answered yet. */
export function tell(state: ShadowState, config: ShadowConfig, moment: Moment): Step<ShadowState> {
  if (!state.linkUp || !state.got || state.actual === null || state.pending !== null) {
    return stay(state);
  }
  const reasons = Object.entries(state.refused).map(
    ([name, { reason }]) => [name, reason.slice(0, reasonCharsMax)] as const,
  );
  const refused: Record<string, string> = Object.fromEntries(reasons);
  const reported: Reported = { settings: state.actual, refused, agent: state.agent };
  const told = canonical(reported);
  if (told === state.told) return stay(state);
  const nowMs = moment.now.monoMs;
  const waits = waitMs(state.tells, 1, nowMs);
  if (waits > 0) return { state, effects: [{ type: 'timer/set', key: tellTimer, ms: waits }] };
  const pending = { token: moment.nonce, told, toldRefused: Object.keys(refused) };
  // From pairs, as every record with names from outside: one may be called `__proto__`.
  const over = state.toldRefused.map((name) => [name, null] as const);
  const change = { ...reported, refused: Object.fromEntries([...over, ...reasons]) };
  const asked = state.asked + 1;
  return {
    state: { ...state, pending, asked, tells: taken(state.tells, 1, nowMs) },
    effects: [
      {
        type: 'publish',
        topic: shadowTopics(config.robot).update,
        payload: { state: { reported: change }, clientToken: pending.token },
        lane: 'telemetry',
      },
      { type: 'timer/set', key: tellTimer, ms: pause(config, asked, moment) },
    ],
  };
}

/** Our own updates raise the version too, but only deltas are ordered by it: one may have crossed ours on the way. */
export function updated(
  config: ShadowConfig,
  state: ShadowState,
  { clientToken }: { clientToken?: string },
  moment: Moment,
): Step<ShadowState> {
  const { pending } = state;
  if (pending === null || clientToken !== pending.token) return stay(state);
  const { told, toldRefused } = pending;
  const next = tell({ ...state, pending: null, asked: 0, told, toldRefused }, config, moment);
  return next.effects ? next : { ...next, effects: [{ type: 'timer/clear', key: tellTimer }] };
}

/** Two reports that say the same are the same text. */
export const canonical = (reported: { readonly [K in keyof Reported]?: object }): string =>
  JSON.stringify([
    sorted(reported.settings ?? {}),
    sorted(reported.refused ?? {}),
    sorted(reported.agent ?? {}),
  ]);

/** The same settings in any order are the same text. */
export const canonicalSettings = (settings: BodySettings): string =>
  JSON.stringify(sorted(settings));

const sorted = (record: object) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
