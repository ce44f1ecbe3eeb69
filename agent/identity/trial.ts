import type {
  CertificateFacts,
  CredentialsName,
  Event,
  IdentityFacts,
  Observation,
} from '../events.ts';
import { backoffMs, type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { IdentityEffect } from './effects.ts';
import { chooseNext, recordConnection, recordEnd } from './fallback.ts';
import { failRenewal, renewAgainMs, renewIfDue, start } from './renew.ts';
import {
  type IdentityConfig,
  type IdentityState,
  idle,
  previousOf,
  type Row,
  timers,
} from './state.ts';

/** The trial of the next credentials, and how a start treats the credentials on disk. */

/** Rejections by a broker before credentials are discarded; unregistered ones are discarded at the first. */
const rejectionsMax = 3;
const unknownRejectionsMax = 1;
/** Each trial costs the connection with the old credentials. */
const trialMsMax = 60 * 60_000;
/** Consecutive connections that ended during a renewal before it is postponed. */
const dropsMax = 3;
const promoteAgainMs = 60_000;

/**
 * What proves nothing against a certificate: no network, no response, our own disconnect, and a connection that was
 * lost after the broker had accepted it: its certificate may then be the one that the cloud counts on.
 */
const inconclusiveEnds: readonly string[] = ['unreachable', 'timeout', 'closed', 'lost'];

/** After a start the disk decides; the row only says whether the cloud had registered the next credentials. */
export function restoreCredentials(
  state: IdentityState,
  facts: IdentityFacts,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const { current, next } = facts;
  const known = { ...state, current, next, previous: previousOf(facts) };
  const { row } = state;
  if (next === null) {
    if (row.promoting === null && row.registered === null) return unchanged(known);
    // The promotion was done when the agent crashed: the links on disk are the evidence.
    const wasDone = current !== null && current.certificateId === row.promoting;
    return {
      state: {
        ...known,
        row: wasDone ? recordPromotion(row, current, moment) : { ...row, ...noTrial },
      },
    };
  }
  return {
    state: { ...known, ...idle, phase: 'trying' },
    events: [{ type: 'identity/use', credentials: 'next' }],
  };
}

/** The disk before an attempt to connect. What cannot be read now is assumed unchanged. */
export function updateCredentials(
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
  // A late answer: next credentials that it names may have been discarded since.
  const waiting = state.linkUp ? null : next;
  if (waiting === null && !isNew) return unchanged(state);
  const there = { ...previous, current: current ?? state.current, next: waiting };
  // A new identity from the line has not been rejected by anyone.
  return restoreCredentials(isNew ? { ...state, denials: 0 } : state, there, moment);
}

/**
 * Connected. With the next credentials, the trial has succeeded. With the current ones, it continues after a delay.
 * Since the robot now has credentials that connect, others that were rejected too often can be discarded.
 */
export function handleLinkUp(
  config: IdentityConfig,
  state: IdentityState,
  credentials: CredentialsName,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const { state: there, effects } = recordConnection(state, credentials);
  return withEffects(effects, continueAfterUp(config, there, credentials, moment));
}

const withEffects = (
  before: readonly IdentityEffect[] = [],
  step: Step<IdentityState, IdentityEffect>,
): Step<IdentityState, IdentityEffect> =>
  before.length === 0 ? step : { ...step, effects: [...before, ...(step.effects ?? [])] };

function continueAfterUp(
  config: IdentityConfig,
  before: IdentityState,
  credentials: CredentialsName,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  if (credentials === 'next') {
    const state = { ...before, rejections: 0, attempts: 0 };
    return state.phase === 'trying' ? start.promotion(state) : unchanged(state);
  }
  if (before.phase !== 'trying') return unchanged(before);
  const isKnown = before.row.registered === before.next?.certificateId;
  if (before.rejections >= (isKnown ? rejectionsMax : unknownRejectionsMax)) {
    return failRenewal(config, before, isKnown ? 'trial-refused' : 'not-registered', moment);
  }
  const bounds = { baseMs: config.retryMs, capMs: trialMsMax, floorMs: config.retryMs };
  const ms = backoffMs(before.attempts, moment.random, bounds);
  return { state: before, effects: [{ type: 'timer/set', key: timers.trial, ms }] };
}

/** The delay is over: the connection with the old credentials is dropped for another attempt with the next ones. */
export const retryTrial = (state: IdentityState): Step<IdentityState, IdentityEffect> =>
  state.phase === 'trying' && state.linkUp ? useCredentials(state, 'next') : unchanged(state);

const useCredentials = (
  state: IdentityState,
  credentials: CredentialsName,
): Step<IdentityState, IdentityEffect> => ({
  state,
  events: [{ type: 'identity/use', credentials }],
});

export function handleLinkDown(
  config: IdentityConfig,
  before: IdentityState,
  { observation, credentials }: Extract<Event, { type: 'link/down' }>,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const { state, effects } = recordEnd(before, credentials, observation);
  return withEffects(
    effects,
    continueAfterDown(config, state, { observation, credentials }, moment),
  );
}

/**
 * The credentials take turns, so a robot is offline for one attempt at most, whichever of them is invalid. After an end
 * that we have requested, the next turn is already decided.
 */
function continueAfterDown(
  config: IdentityConfig,
  state: IdentityState,
  { observation, credentials }: { observation: Observation; credentials: CredentialsName },
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  switch (state.phase) {
    case 'settled':
      return observation.kind === 'closed'
        ? unchanged(state)
        : takeTurn(state, credentials, 'current');
    case 'trying':
    case 'promoting':
      break;
    default:
      return restartRenewal(config, state, credentials, moment);
  }
  if (credentials !== 'next') {
    return observation.kind === 'closed' ? unchanged(state) : takeTurn(state, credentials, 'next');
  }
  const counts = !inconclusiveEnds.includes(observation.kind);
  const rejections = state.rejections + (counts ? 1 : 0);
  const attempts = state.attempts + 1;
  return takeTurn({ ...state, rejections, attempts }, credentials, 'next');
}

function takeTurn(
  before: IdentityState,
  credentials: CredentialsName,
  first: 'current' | 'next',
): Step<IdentityState, IdentityEffect> {
  const { state, credentials: to } = chooseNext(before, credentials, first);
  return to === credentials ? unchanged(state) : useCredentials(state, to);
}

/** The connection of the open request has ended, and the request with it: it starts anew on the next connection. */
function restartRenewal(
  config: IdentityConfig,
  before: IdentityState,
  credentials: CredentialsName,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const drops = before.drops + 1;
  if (drops >= dropsMax) return failRenewal(config, before, 'connection-ended', moment);
  const state = { ...before, ...idle, phase: 'settled', next: null, drops } as const;
  return {
    ...takeTurn(state, credentials, 'current'),
    effects: [{ type: 'timer/clear', key: timers.retry }, { type: 'identity/discard' }],
  };
}

const noTrial = { registered: null, promoting: null } as const;

const recordPromotion = (
  row: Row,
  { certificateId }: CertificateFacts,
  { now, random }: Moment,
): Row => ({
  ...row,
  ...noTrial,
  share: { certificateId, random, sinceMs: now.wallMs },
  failures: 0,
  retryAfterMs: now.wallMs + renewAgainMs,
  last: { result: 'renewed', atMs: now.wallMs },
});

export function finishRenewal(
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
    renewalRequest: null,
    drops: 0,
    denials: 0,
    connectedBy: 'current',
  } as const;
  const { inUseFromFloorMs: _before, ...rest } = recordPromotion(state.row, current, moment);
  const row = { ...rest, ...(state.floorMs !== null && { inUseFromFloorMs: state.floorMs }) };
  return renewIfDue(config, { ...state, ...idle, ...over, row, current, phase: 'settled' }, moment);
}

/** The disk rejected the change; the connection stays up, and the next credentials are still there. */
export const retryPromotion = (
  state: IdentityState,
  code: string,
): Step<IdentityState, IdentityEffect> => ({
  state,
  effects: [
    { type: 'timer/set', key: timers.promote, ms: promoteAgainMs },
    { type: 'note', level: 'warn', text: 'credentials not promoted', about: { code } },
  ],
});
