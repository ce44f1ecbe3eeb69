import { backoffMs, type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { IdentityEffect } from './effects.ts';
import { isPrevious } from './fallback.ts';
import { roomWaitMs } from './room.ts';
import {
  dueMs,
  type IdentityConfig,
  type IdentityState,
  idle,
  isFallback,
  timers,
} from './state.ts';

/** When a renewal starts, and what follows a failed one. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Upper limit of timers: an extra check costs nothing, and a timer of months overflows. */
const pollMsMax = 6 * hourMs;
/** Timeout of the robot's own steps, and of the broker's answer to subscriptions. */
const readyMsMax = minuteMs;

/** Starts a renewal when one is due; otherwise schedules the next check. */
export function renewIfDue(
  config: IdentityConfig,
  before: IdentityState,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  if (!config.enabled || !before.timeKnown) return unchanged(before);
  const nowMs = moment.now.wallMs;
  const state = withShare(before, moment);
  const { current, phase, row, renewalRequest } = state;
  const isBack = isFallback(state);
  if (current === null && !isBack) return unchanged(before);
  // A delay far in the future was written by a wrong clock.
  const retryMs = row.retryAfterMs - nowMs > 2 * retryMsMax ? 0 : row.retryAfterMs;
  // A cloud that accepts previous credentials but not the current ones is sent a request for a certificate that it accepts.
  const isDueMs = isBack || current === null ? 0 : dueMs(current, row.share ?? { random: 0 });
  const atMs = Math.max(isDueMs, retryMs);
  const isTime = renewalRequest !== null || nowMs >= atMs;
  if (phase === 'settled' && state.linkUp && isTime) {
    return roomWaitMs(state) > 0 ? waitForRoom(state) : start.request(state);
  }
  const ms = Math.min(pollMsMax, Math.max(minuteMs, atMs - nowMs));
  return { state, effects: [{ type: 'timer/set', key: timers.check, ms }] };
}

/** The floor moves once an hour; expired credentials are removed by then. */
function waitForRoom(state: IdentityState): Step<IdentityState, IdentityEffect> {
  const text = 'renewal waits: every place for a previous certificate is taken';
  const about = { hours: Math.ceil(roomWaitMs(state) / hourMs) };
  return {
    state,
    effects: [
      { type: 'timer/set', key: timers.check, ms: pollMsMax },
      { type: 'note', level: 'warn', text, about },
    ],
  };
}

/**
 * Draws a certificate's share of the jitter, once. A promotion in the future was dated by a wrong clock: it must not
 * postpone the renewal to the certificate's end.
 */
function withShare(state: IdentityState, { random, now }: Moment): IdentityState {
  const { row, current } = state;
  if (current === null) return state;
  const { certificateId } = current;
  if (row.share?.certificateId !== certificateId) {
    return { ...state, row: { ...row, share: { certificateId, random } } };
  }
  if ((row.share.sinceMs ?? 0) <= now.wallMs + renewAgainMs) return state;
  return { ...state, row: { ...row, share: { certificateId, random: row.share.random } } };
}

/** A certificate may be due from the start, when its CA ends soon: it must not be renewed in a loop. */
export const renewAgainMs = hourMs;

export const answerTimeout = { type: 'timer/set', key: timers.retry, ms: readyMsMax } as const;

export const start = {
  request(state: IdentityState): Step<IdentityState, IdentityEffect> {
    const rotateKey = state.renewalRequest?.rotateKey ?? false;
    const { connectedBy } = state;
    const by = connectedBy !== null && isPrevious(connectedBy) ? { credentials: connectedBy } : {};
    return {
      state: { ...state, ...idle, rotatesKey: rotateKey, phase: 'requesting' },
      effects: [{ type: 'identity/request', rotateKey, ...by }, answerTimeout],
    };
  },
  /** INVARIANT: the row names the certificate (the intent) before the links on disk change. */
  promotion(state: IdentityState): Step<IdentityState, IdentityEffect> {
    const promoting = state.next?.certificateId ?? '';
    return {
      state: { ...state, phase: 'promoting', row: { ...state.row, promoting } },
      effects: [{ type: 'identity/promote' }],
    };
  },
} as const;

/** Half of the grace period in which an old certificate is still accepted of a robot that fell back to it. */
const retryMsMax = 12 * hourMs;

/**
 * Ends this renewal; the credentials in use were never changed. The next one starts after hours, at most half a day.
 */
export function failRenewal(
  config: IdentityConfig,
  state: IdentityState,
  code: string,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const failures = state.row.failures + 1;
  const nowMs = moment.now.wallMs;
  const bounds = { baseMs: hourMs, capMs: retryMsMax, floorMs: hourMs / 2 };
  const row = {
    ...state.row,
    registered: null,
    promoting: null,
    failures,
    last: { result: code.slice(0, 64), atMs: nowMs },
    // A crash came between a certificate and its registration: once, that is not a rejection.
    retryAfterMs:
      code === 'not-registered' && failures === 1
        ? 0
        : nowMs + backoffMs(failures, moment.random, bounds),
  };
  const over = { renewalRequest: null, next: null, drops: 0 } as const;
  const settled = { ...state, ...idle, ...over, row, phase: 'settled' } as const;
  const later = renewIfDue(config, settled, moment);
  return {
    state: later.state,
    effects: [
      { type: 'timer/clear', key: timers.retry },
      { type: 'identity/discard' },
      ...(later.effects ?? []),
    ],
    events: [{ type: 'identity/use', credentials: credentialsToUse(state) }],
  };
}

/** A connection with credentials other than the discarded ones stays up. */
const credentialsToUse = ({ connectedBy }: IdentityState) =>
  connectedBy === null || connectedBy === 'next' ? 'current' : connectedBy;
