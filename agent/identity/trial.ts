import type {
  CertificateFacts,
  CredentialsName,
  Event,
  IdentityFacts,
  Observation,
} from '../events.ts';
import { backoffMs, type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { IdentityEffect } from './effects.ts';
import { connected, ended, turnAfter } from './fallback.ts';
import { begin, failed, look, renewAgainMs } from './renew.ts';
import {
  type IdentityConfig,
  type IdentityState,
  idle,
  previousOf,
  type Row,
  timers,
} from './state.ts';

/** The next pair's way to being the current one, and what a start makes of the pairs on disk. */

/** Refusals by a broker before a pair is given up: one that the cloud may never have made good goes at the first. */
const refusalsMax = 3;
const unknownRefusalsMax = 1;
/** Each trial costs the robot the old pair's connection. */
const trialMsMax = 60 * 60_000;
/** Connections that ended during a renewal, in a row, before it is given up for now. */
const dropsMax = 3;
const promoteAgainMs = 60_000;

/**
 * What proves nothing against a certificate: no network, no answer, our own goodbye, and a connection that was lost after
 * the broker had taken it, which may then be the one that the cloud counts on.
 */
const proveNothing: readonly string[] = ['unreachable', 'timeout', 'closed', 'lost'];

/** After a start the disk decides, and the row only tells whether the cloud had made the next pair good. */
export function started(
  state: IdentityState,
  facts: IdentityFacts,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const { current, next } = facts;
  const known = { ...state, current, next, previous: previousOf(facts) };
  const { row } = state;
  if (next === null) {
    if (row.promoting === null && row.registered === null) return unchanged(known);
    // The promotion had been done when the agent died: the links on disk are the evidence.
    const wasDone = current !== null && current.certificateId === row.promoting;
    return {
      state: { ...known, row: wasDone ? done(row, current, moment) : { ...row, ...noTrial } },
    };
  }
  return {
    state: { ...known, ...idle, phase: 'trying' },
    events: [{ type: 'identity/use', credentials: 'next' }],
  };
}

/** The disk again, before an attempt to connect. What cannot be read now is as it was. */
export function seen(
  before: IdentityState,
  facts: IdentityFacts,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const { current, next } = facts;
  const previous = previousOf(facts);
  const isSame = JSON.stringify(previous) === JSON.stringify(before.previous);
  const state = isSame ? before : { ...before, previous };
  if (state.phase !== 'settled') return unchanged(state);
  const isNew = current !== null && current.certificateId !== state.current?.certificateId;
  // A look that is told late: what it saw of a next pair may have been discarded since.
  const waiting = state.linkUp ? null : next;
  if (waiting === null && !isNew) return unchanged(state);
  const there = { ...previous, current: current ?? state.current, next: waiting };
  // A new identity from the line has been refused by nobody.
  return started(isNew ? { ...state, denials: 0 } : state, there, moment);
}

/**
 * Connected: by the next pair, the trial is won. By the current one, it goes on after a pause; and now that the robot has
 * a pair that is known to connect, one that was refused too often can go.
 */
export function up(
  config: IdentityConfig,
  state: IdentityState,
  credentials: CredentialsName,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const { state: there, effects } = connected(state, credentials);
  return withEffects(effects, trialUp(config, there, credentials, moment));
}

const withEffects = (
  before: readonly IdentityEffect[] = [],
  step: Step<IdentityState, IdentityEffect>,
): Step<IdentityState, IdentityEffect> =>
  before.length === 0 ? step : { ...step, effects: [...before, ...(step.effects ?? [])] };

function trialUp(
  config: IdentityConfig,
  before: IdentityState,
  credentials: CredentialsName,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  if (credentials === 'next') {
    const state = { ...before, refusals: 0, tries: 0 };
    return state.phase === 'trying' ? begin.promotion(state) : unchanged(state);
  }
  if (before.phase !== 'trying') return unchanged(before);
  const isKnown = before.row.registered === before.next?.certificateId;
  if (before.refusals >= (isKnown ? refusalsMax : unknownRefusalsMax)) {
    return failed(config, before, isKnown ? 'trial-refused' : 'not-registered', moment);
  }
  const bounds = { baseMs: config.askMs, capMs: trialMsMax, floorMs: config.askMs };
  const ms = backoffMs(before.tries, moment.random, bounds);
  return { state: before, effects: [{ type: 'timer/set', key: timers.trial, ms }] };
}

/** The pause is over: the old pair's connection is given up for another attempt by the next one. */
export const tryAgain = (state: IdentityState): Step<IdentityState, IdentityEffect> =>
  state.phase === 'trying' && state.linkUp ? turnTo(state, 'next') : unchanged(state);

const turnTo = (
  state: IdentityState,
  credentials: CredentialsName,
): Step<IdentityState, IdentityEffect> => ({
  state,
  events: [{ type: 'identity/use', credentials }],
});

export function down(
  config: IdentityConfig,
  before: IdentityState,
  { observation, credentials }: Extract<Event, { type: 'link/down' }>,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const { state, effects } = ended(before, credentials, observation);
  return withEffects(effects, trialDown(config, state, { observation, credentials }, moment));
}

/**
 * The pairs take turns: a robot is never away for longer than one attempt, whichever of them is no good. After an end that
 * we have asked for, it is known already who is next.
 */
function trialDown(
  config: IdentityConfig,
  state: IdentityState,
  { observation, credentials }: { observation: Observation; credentials: CredentialsName },
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  switch (state.phase) {
    case 'settled':
      return observation.kind === 'closed'
        ? unchanged(state)
        : inTurn(state, credentials, 'current');
    case 'trying':
    case 'promoting':
      break;
    default:
      return dropped(config, state, credentials, moment);
  }
  if (credentials !== 'next') {
    return observation.kind === 'closed' ? unchanged(state) : inTurn(state, credentials, 'next');
  }
  const counts = !proveNothing.includes(observation.kind);
  const refusals = state.refusals + (counts ? 1 : 0);
  const tries = state.tries + 1;
  return inTurn({ ...state, refusals, tries }, credentials, 'next');
}

function inTurn(
  before: IdentityState,
  credentials: CredentialsName,
  first: 'current' | 'next',
): Step<IdentityState, IdentityEffect> {
  const { state, credentials: to } = turnAfter(before, credentials, first);
  return to === credentials ? unchanged(state) : turnTo(state, to);
}

/** The connection that was to be answered is gone, and what was asked on it: it begins anew on the next one. */
function dropped(
  config: IdentityConfig,
  before: IdentityState,
  credentials: CredentialsName,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const drops = before.drops + 1;
  if (drops >= dropsMax) return failed(config, before, 'connection-ended', moment);
  const state = { ...before, ...idle, phase: 'settled', next: null, drops } as const;
  return {
    ...inTurn(state, credentials, 'current'),
    effects: [{ type: 'timer/clear', key: timers.ask }, { type: 'identity/discard' }],
  };
}

const noTrial = { registered: null, promoting: null } as const;

const done = (row: Row, { certificateId }: CertificateFacts, { now, random }: Moment): Row => ({
  ...row,
  ...noTrial,
  share: { certificateId, random, sinceMs: now.wallMs },
  failures: 0,
  retryAfterMs: now.wallMs + renewAgainMs,
  last: { result: 'renewed', atMs: now.wallMs },
});

export function promoted(
  config: IdentityConfig,
  state: IdentityState,
  {
    current,
    previous = {},
  }: Pick<Extract<Event, { type: 'identity/promoted' }>, 'current' | 'previous'>,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const over = {
    next: null,
    previous,
    wanted: null,
    drops: 0,
    denials: 0,
    upBy: 'current',
  } as const;
  const { inUseFromFloorMs: _before, ...rest } = done(state.row, current, moment);
  const row = { ...rest, ...(state.floorMs !== null && { inUseFromFloorMs: state.floorMs }) };
  return look(config, { ...state, ...idle, ...over, row, current, phase: 'settled' }, moment);
}

/** The disk did not take it; the connection stands, and the next pair is still there. */
export const promotionFailed = (
  state: IdentityState,
  code: string,
): Step<IdentityState, IdentityEffect> => ({
  state,
  effects: [
    { type: 'timer/set', key: timers.promote, ms: promoteAgainMs },
    { type: 'note', level: 'warn', text: 'pair not promoted', about: { code } },
  ],
});
