import type { CertificateFacts, Event, IdentityFacts, Pair } from '../events.ts';
import { type Moment, type Step, stay } from '../machine.ts';
import { begin, failed, look } from './renew.ts';
import { type IdentityConfig, type IdentityState, idle, type Row, timers } from './state.ts';

/** The next pair's way to being the current one, and what a start makes of the pairs on disk. */

/** Refusals by a broker before the old pair is used again. */
const refusalsMax = 3;
/** Connections that ended during a renewal, in a row, before it is given up for now. */
const dropsMax = 3;
/** A certificate may be due when it is made, where its CA ends soon: it must not be renewed in a circle. */
const renewAgainMs = 60 * 60_000;
/** Failed attempts of any kind: a trial does not go on for ever. */
const triesMax = 30;
const promoteAgainMs = 60_000;

/** What no broker said: no network, no answer, our own goodbye. It proves nothing against a certificate. */
const proveNothing: readonly string[] = ['unreachable', 'timeout', 'closed'];

/** After a start the disk decides, and the row only tells whether the cloud had made the next pair good. */
export function started(
  state: IdentityState,
  { current, next }: IdentityFacts,
  moment: Moment,
): Step<IdentityState> {
  const known = { ...state, current, next };
  const { row } = state;
  if (next === null) {
    if (row.promoting === null && row.registered === null) return stay(known);
    // The promotion had been done when the agent died: the links on disk are the evidence.
    const wasDone = current !== null && current.certificateId === row.promoting;
    return { state: { ...known, row: wasDone ? done(row, moment) : { ...row, ...noTrial } } };
  }
  // The only pair that can be used is not thrown away, whatever the cloud thinks of it.
  if (current !== null && state.remembers && row.registered !== next.certificateId) {
    const forgotten = { ...known, next: null, row: { ...row, ...noTrial } };
    return { state: forgotten, effects: [{ type: 'identity/discard' }] };
  }
  return {
    state: { ...known, ...idle, phase: 'trying' },
    events: [{ type: 'identity/use', pair: 'next' }],
  };
}

/** Connected: by the next pair, the trial is won. */
export function up(before: IdentityState, pair: Pair): Step<IdentityState> {
  if (pair !== 'next') return stay(before);
  const state = { ...before, refusals: 0, tries: 0 };
  return state.phase === 'trying' ? begin.promotion(state) : stay(state);
}

export function down(
  config: IdentityConfig,
  state: IdentityState,
  { observation, pair }: Extract<Event, { type: 'link/down' }>,
  moment: Moment,
): Step<IdentityState> {
  switch (state.phase) {
    case 'settled':
      return stay(state);
    case 'trying':
    case 'promoting':
      break;
    default:
      return dropped(config, state, moment);
  }
  if (pair !== 'next') return stay(state);
  const counts = !proveNothing.includes(observation.kind);
  const refusals = state.refusals + (counts ? 1 : 0);
  const tries = state.tries + 1;
  const isOver = refusals >= refusalsMax || tries >= triesMax;
  // Without another pair there is nothing to go back to.
  if (!isOver || state.current === null) return stay({ ...state, refusals, tries });
  return failed(config, state, `trial-${observation.kind}`, moment);
}

/** The connection that was to be answered is gone, and what was asked on it: it begins anew on the next one. */
function dropped(
  config: IdentityConfig,
  state: IdentityState,
  moment: Moment,
): Step<IdentityState> {
  const drops = state.drops + 1;
  if (drops >= dropsMax) return failed(config, state, 'connection-ended', moment);
  return {
    state: { ...state, ...idle, phase: 'settled', next: null, drops },
    effects: [{ type: 'timer/clear', key: timers.ask }, { type: 'identity/discard' }],
  };
}

const noTrial = { registered: null, promoting: null } as const;

const done = (row: Row, { now }: Moment): Row => ({
  ...row,
  ...noTrial,
  failures: 0,
  retryAfterMs: now.wallMs + renewAgainMs,
  last: { result: 'renewed', atMs: now.wallMs },
});

export function promoted(
  config: IdentityConfig,
  state: IdentityState,
  current: CertificateFacts,
  moment: Moment,
): Step<IdentityState> {
  // Who wants a new key has not got it by a renewal of the old one.
  const wanted = state.wanted?.rotateKey && !state.rotates ? state.wanted : null;
  const over = { next: null, wanted, drops: 0 } as const;
  const row = done(state.row, moment);
  return look(config, { ...state, ...idle, ...over, row, current, phase: 'settled' }, moment);
}

/** The disk did not take it; the connection stands, and the next pair is still there. */
export const promotionFailed = (state: IdentityState, code: string): Step<IdentityState> => ({
  state,
  effects: [
    { type: 'timer/set', key: timers.promote, ms: promoteAgainMs },
    { type: 'note', level: 'warn', text: 'pair not promoted', about: { code } },
  ],
});
