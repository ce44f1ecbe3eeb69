import type { CertificateFacts } from '../events.ts';
import { backoffMs, type Moment, type Step, stay } from '../machine.ts';
import { dueMs, type IdentityConfig, type IdentityState, idle, timers } from './state.ts';

/** When a renewal begins, and what becomes of one that failed. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Longer timers would wake no sooner: a look costs nothing, and a timer of months overflows. */
const lookMsMax = 6 * hourMs;
/** For the robot's own part, and for the broker's word on subscriptions. */
const readyMsMax = minuteMs;

/** Begins a renewal when it is time for one; else looks again later. */
export function look(
  config: IdentityConfig,
  before: IdentityState,
  moment: Moment,
): Step<IdentityState> {
  if (!config.enabled || before.current === null || !before.timeKnown) return stay(before);
  const state = withShare(before, before.current, moment);
  const { current, phase, row, wanted } = state;
  const nowMs = moment.now.wallMs;
  // A pause that lies absurdly far ahead was written by a wrong clock.
  const retryMs = row.retryAfterMs - nowMs > 2 * retryMsMax ? 0 : row.retryAfterMs;
  const atMs = Math.max(dueMs(current, row.share ?? { draw: 0 }), retryMs);
  const isTime = wanted !== null || nowMs >= atMs;
  if (phase === 'settled' && state.linkUp && isTime) return begin.request(state);
  const ms = Math.min(lookMsMax, Math.max(minuteMs, atMs - nowMs));
  return { state, effects: [{ type: 'timer/set', key: timers.look, ms }] };
}

/** Draws a certificate's share of the jitter, once. */
function withShare(
  state: IdentityState,
  current: CertificateFacts,
  { draw }: Moment,
): IdentityState & { readonly current: CertificateFacts } {
  const { row } = state;
  const { certificateId } = current;
  if (row.share?.certificateId === certificateId) return { ...state, current };
  return { ...state, current, row: { ...row, share: { certificateId, draw } } };
}

export const deadline = { type: 'timer/set', key: timers.ask, ms: readyMsMax } as const;

export const begin = {
  request(state: IdentityState): Step<IdentityState> {
    const rotateKey = state.wanted?.rotateKey ?? false;
    return {
      state: { ...state, ...idle, rotates: rotateKey, phase: 'requesting' },
      effects: [{ type: 'identity/request', rotateKey }, deadline],
    };
  },
  /** INVARIANT: the row names the certificate (the intent) before the links on disk change. */
  promotion(state: IdentityState): Step<IdentityState> {
    const promoting = state.next?.certificateId ?? '';
    return {
      state: { ...state, phase: 'promoting', row: { ...state.row, promoting } },
      effects: [{ type: 'identity/promote' }],
    };
  },
} as const;

/** Half of the grace in which an old certificate still lets in a robot that has fallen back to it. */
const retryMsMax = 12 * hourMs;

/** Gives this renewal up; the pair in use was never touched. The next one comes after hours, at most half a day. */
export function failed(
  config: IdentityConfig,
  state: IdentityState,
  code: string,
  moment: Moment,
): Step<IdentityState> {
  const failures = state.row.failures + 1;
  const nowMs = moment.now.wallMs;
  const bounds = { baseMs: hourMs, capMs: retryMsMax, floorMs: hourMs / 2 };
  const row = {
    ...state.row,
    registered: null,
    promoting: null,
    failures,
    last: { result: code.slice(0, 64), atMs: nowMs },
    // A crash came between a certificate and its registration: that is nobody's refusal, once.
    retryAfterMs:
      code === 'not-registered' && failures === 1
        ? 0
        : nowMs + backoffMs(failures, moment.draw, bounds),
  };
  const over = { wanted: null, next: null, drops: 0 } as const;
  const settled = { ...state, ...idle, ...over, row, phase: 'settled' } as const;
  const later = look(config, settled, moment);
  return {
    state: later.state,
    effects: [
      { type: 'timer/clear', key: timers.ask },
      { type: 'identity/discard' },
      ...(later.effects ?? []),
    ],
    events: [{ type: 'identity/use', pair: 'current' }],
  };
}
