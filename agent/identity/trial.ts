import type { CertificateFacts, Event, IdentityFacts, Pair } from '../events.ts';
import { type Moment, type Step, stay } from '../machine.ts';
import { begin, failed, look } from './renew.ts';
import { type IdentityConfig, type IdentityState, idle, timers } from './state.ts';

/** The next pair's way to being the current one, and what a start makes of the pairs on disk. */

/** Refusals by a broker before the old pair is used again. */
const refusalsMax = 3;
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
    const last = wasDone ? { result: 'renewed', atMs: moment.now.wallMs } : row.last;
    return { state: { ...known, row: { ...row, last, promoting: null, registered: null } } };
  }
  if (state.remembers && row.registered !== next.certificateId) {
    return { state: { ...known, next: null }, effects: [{ type: 'identity/discard' }] };
  }
  return {
    state: { ...known, ...idle, phase: 'trying' },
    events: [{ type: 'identity/use', pair: 'next' }],
  };
}

/** Connected: by the next pair, the trial is won. */
export function up(state: IdentityState, pair: Pair): Step<IdentityState> {
  return state.phase === 'trying' && pair === 'next' ? begin.promotion(state) : stay(state);
}

export function down(
  config: IdentityConfig,
  state: IdentityState,
  { observation, pair }: Extract<Event, { type: 'link/down' }>,
  moment: Moment,
): Step<IdentityState> {
  switch (state.phase) {
    case 'settled':
    case 'promoting':
      return stay(state);
    case 'trying':
      break;
    default:
      return dropped(state);
  }
  if (pair !== 'next') return stay(state);
  const counts = !proveNothing.includes(observation.kind);
  const refusals = state.refusals + (counts ? 1 : 0);
  const tries = state.tries + 1;
  if (refusals < refusalsMax && tries < triesMax) return stay({ ...state, refusals, tries });
  return failed(config, state, `trial-${observation.kind}`, moment);
}

/** The connection that was to be answered is gone, and what was asked on it: it begins anew on the next one. */
const dropped = (state: IdentityState): Step<IdentityState> => ({
  state: { ...state, ...idle, phase: 'settled', next: null },
  effects: [{ type: 'timer/clear', key: timers.ask }, { type: 'identity/discard' }],
});

export function promoted(
  config: IdentityConfig,
  state: IdentityState,
  current: CertificateFacts,
  moment: Moment,
): Step<IdentityState> {
  const row = {
    ...state.row,
    registered: null,
    promoting: null,
    failures: 0,
    retryAfterMs: 0,
    last: { result: 'renewed', atMs: moment.now.wallMs },
  };
  return look(
    config,
    { ...state, ...idle, row, current, next: null, wanted: null, phase: 'settled' },
    moment,
  );
}

/** The disk did not take it; the connection stands, and the next pair is still there. */
export const promotionFailed = (state: IdentityState, code: string): Step<IdentityState> =>
  state.phase === 'promoting'
    ? {
        state,
        effects: [
          { type: 'timer/set', key: timers.promote, ms: promoteAgainMs },
          { type: 'note', level: 'warn', text: 'pair not promoted', about: { code } },
        ],
      }
    : stay(state);
