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

/** When a renewal begins, and what becomes of one that failed. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Longer timers would wake no sooner: a look costs nothing, and a timer of months overflows. */
const pollMsMax = 6 * hourMs;
/** For the robot's own part, and for the broker's word on subscriptions. */
const readyMsMax = minuteMs;

/** Begins a renewal when it is time for one; else looks again later. */
export function look(
  config: IdentityConfig,
  before: IdentityState,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  if (!config.enabled || !before.timeKnown) return unchanged(before);
  const nowMs = moment.now.wallMs;
  const state = withShare(before, moment);
  const { current, phase, row, wanted } = state;
  const isBack = isFallback(state);
  if (current === null && !isBack) return unchanged(before);
  // A pause that lies absurdly far ahead was written by a wrong clock.
  const retryMs = row.retryAfterMs - nowMs > 2 * retryMsMax ? 0 : row.retryAfterMs;
  // A cloud that takes a previous pair and not the current one is asked for another that it takes.
  const isDueMs = isBack || current === null ? 0 : dueMs(current, row.share ?? { random: 0 });
  const atMs = Math.max(isDueMs, retryMs);
  const isTime = wanted !== null || nowMs >= atMs;
  if (phase === 'settled' && state.linkUp && isTime) {
    return roomWaitMs(state) > 0 ? waitForRoom(state) : begin.request(state);
  }
  const ms = Math.min(pollMsMax, Math.max(minuteMs, atMs - nowMs));
  return { state, effects: [{ type: 'timer/set', key: timers.look, ms }] };
}

/** The floor moves once an hour; what it makes expire is forgotten by then. */
function waitForRoom(state: IdentityState): Step<IdentityState, IdentityEffect> {
  const text = 'renewal waits: every place for a previous certificate is taken';
  const about = { hours: Math.ceil(roomWaitMs(state) / hourMs) };
  return {
    state,
    effects: [
      { type: 'timer/set', key: timers.look, ms: pollMsMax },
      { type: 'note', level: 'warn', text, about },
    ],
  };
}

/**
 * Draws a certificate's share of the jitter, once. A promotion that lies ahead was dated by a wrong clock: it must not put
 * the renewal off to the certificate's end.
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

/** A certificate may be due when it is made, where its CA ends soon: it must not be renewed in a circle. */
export const renewAgainMs = hourMs;

export const deadline = { type: 'timer/set', key: timers.ask, ms: readyMsMax } as const;

export const begin = {
  request(state: IdentityState): Step<IdentityState, IdentityEffect> {
    const rotateKey = state.wanted?.rotateKey ?? false;
    const { upBy } = state;
    const by = upBy !== null && isPrevious(upBy) ? { credentials: upBy } : {};
    return {
      state: { ...state, ...idle, rotates: rotateKey, phase: 'requesting' },
      effects: [{ type: 'identity/request', rotateKey, ...by }, deadline],
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

/** Half of the grace in which an old certificate still lets in a robot that has fallen back to it. */
const retryMsMax = 12 * hourMs;

/** Gives this renewal up; the pair in use was never touched. The next one comes after hours, at most half a day. */
export function failed(
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
    // A crash came between a certificate and its registration: that is nobody's refusal, once.
    retryAfterMs:
      code === 'not-registered' && failures === 1
        ? 0
        : nowMs + backoffMs(failures, moment.random, bounds),
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
    events: [{ type: 'identity/use', credentials: pairAfter(state) }],
  };
}

/** A connection that stands by another pair than the one given up goes on. */
const pairAfter = ({ upBy }: IdentityState) =>
  upBy === null || upBy === 'next' ? 'current' : upBy;
