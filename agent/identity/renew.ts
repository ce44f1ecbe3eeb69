import type { CertificateCreated } from '../../protocol/schemas/provisioning.ts';
import { provisioningTopics } from '../../protocol/topics.ts';
import type { Effect } from '../effects.ts';
import type { CertificateFacts } from '../events.ts';
import { backoffMs, type Moment, type Step, stay } from '../machine.ts';
import { dueMs, type IdentityConfig, type IdentityState, idle, timers } from './state.ts';

/** The way from a due certificate to a registered one. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Longer timers would wake no sooner: a look costs nothing, and a timer of months overflows. */
const lookMsMax = 6 * hourMs;
/** Requests without any answer before the renewal is given up for now. */
const asksMax = 6;
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
  const atMs = Math.max(dueMs(current, row.share?.draw ?? 0), retryMs);
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

const deadline = { type: 'timer/set', key: timers.ask, ms: readyMsMax } as const;

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

/** Sends the request of the phase, and again after a growing pause while nothing answers. */
export function ask(
  config: IdentityConfig,
  state: IdentityState,
  { draw }: Moment,
): Step<IdentityState> {
  const topics = provisioningTopics(config.template);
  const publish: Effect =
    state.phase === 'registering'
      ? {
          type: 'publish',
          topic: topics.register,
          payload: {
            certificateOwnershipToken: state.token,
            parameters: { SerialNumber: config.robot },
          },
        }
      : {
          type: 'publish',
          topic: topics.create,
          payload: { certificateSigningRequest: state.csr },
        };
  const asked = state.asked + 1;
  const bounds = { baseMs: config.askMs, capMs: config.askMsMax, floorMs: config.askMs };
  const ms = backoffMs(asked, draw, bounds);
  return {
    state: { ...state, asked },
    effects: [publish, { type: 'timer/set', key: timers.ask, ms }],
  };
}

/** The request is made; its answers must be heard. */
export const requested = (
  config: IdentityConfig,
  state: IdentityState,
  csr: string,
): Step<IdentityState> => {
  const { create, register } = provisioningTopics(config.template);
  const topics = [create, register].flatMap((topic) => [`${topic}/accepted`, `${topic}/rejected`]);
  return {
    state: { ...state, phase: 'subscribing', csr },
    effects: [{ type: 'identity/subscribe', topics }, deadline],
  };
};

/** Nothing has answered: asks again, or gives up for now. */
export function retreat(
  config: IdentityConfig,
  state: IdentityState,
  moment: Moment,
): Step<IdentityState> {
  switch (state.phase) {
    case 'requesting':
    case 'subscribing':
      return failed(config, state, `no-answer-${state.phase}`, moment);
    case 'asking':
    case 'registering':
      if (state.asked < asksMax) return ask(config, state, moment);
      return failed(config, state, 'no-answer', moment);
    default:
      return stay(state);
  }
}

export const created = (
  state: IdentityState,
  { certificatePem, certificateOwnershipToken }: CertificateCreated,
): Step<IdentityState> => ({
  state: { ...state, phase: 'staging', token: certificateOwnershipToken, asked: 0 },
  effects: [
    { type: 'timer/clear', key: timers.ask },
    { type: 'identity/stage', certificatePem },
  ],
});

export const staged = (
  config: IdentityConfig,
  state: IdentityState,
  next: CertificateFacts,
  moment: Moment,
): Step<IdentityState> => ask(config, { ...state, next, phase: 'registering' }, moment);

/** The new certificate is good: now it must prove itself. */
export function registered(
  config: IdentityConfig,
  state: IdentityState,
  thingName: string,
  moment: Moment,
): Step<IdentityState> {
  if (thingName !== config.robot) return failed(config, state, 'foreign-thing', moment);
  const row = { ...state.row, registered: state.next?.certificateId ?? null };
  return {
    state: { ...state, ...idle, rotates: state.rotates, row, phase: 'trying' },
    effects: [{ type: 'timer/clear', key: timers.ask }],
    events: [{ type: 'identity/use', pair: 'next' }],
  };
}

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
