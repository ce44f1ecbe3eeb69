import {
  type CredentialsName,
  type Observation,
  type PreviousCredentials,
  previousCredentials,
} from '../events.ts';
import { type Step, unchanged } from '../kernel/machine.ts';
import type { IdentityEffect } from './effects.ts';
import { denialsMax, type IdentityState, isDenied, timers } from './state.ts';

/**
 * The way back to earlier pairs. A cloud that does not let the current pair in may be the true one, and the pair one that
 * a false cloud has given; or the other way round. Which is which no robot can know, so the pairs take turns: the current
 * one first, then one of the previous ones, and so on. None is given up before its certificate has expired.
 */

/** A connection that lived so long shows that its pair is let in. */
const provenMs = 60_000;

/** What says something against our own pair: not the network, nor the server's own certificate, nor a goodbye. */
export function isDenial({ kind, code }: Observation): boolean {
  switch (kind) {
    case 'alert':
    case 'refused':
    case 'closed-early':
    case 'identity':
    case 'lost':
      return true;
    case 'tls':
      return ['ECONNRESET', 'EPIPE', 'closed'].includes(code);
    case 'timeout':
      return code === 'connack' || code === 'suback';
    case 'unreachable':
    case 'closed':
      return false;
  }
}

export function connected(
  state: IdentityState,
  credentials: CredentialsName,
): Step<IdentityState, IdentityEffect> {
  const next = { ...state, upBy: credentials };
  if (credentials === 'current' && state.denials > 0) {
    return { state: next, effects: [{ type: 'timer/set', key: timers.proven, ms: provenMs }] };
  }
  if (!isPrevious(credentials)) return unchanged(next);
  const about = { credentials, certificateId: state.previous[credentials]?.certificateId };
  const text = 'connected by a previous certificate; the current one was refused';
  return { state: next, effects: [{ type: 'note', level: 'warn', text, about }] };
}

/** The current pair's connection lives. */
export const proven = (state: IdentityState): Step<IdentityState, IdentityEffect> =>
  state.upBy === 'current' && state.denials > 0
    ? { state: { ...state, denials: 0 } }
    : unchanged(state);

/** Counts the end of an attempt or a connection, and says when the previous pairs begin to take turns. */
export function ended(
  before: IdentityState,
  credentials: CredentialsName,
  observation: Observation,
): Step<IdentityState, IdentityEffect> {
  const state = { ...before, upBy: null };
  if (credentials !== 'current' || !isDenial(observation)) return unchanged(state);
  const denials = state.denials + 1;
  const counted = { ...state, denials };
  if (denials !== denialsMax || nextPrevious(counted) === undefined) return unchanged(counted);
  const text = 'the current certificate is not let in; previous ones take turns with it';
  const about = { observation: observation.kind, code: observation.code };
  return { state: counted, effects: [{ type: 'note', level: 'warn', text, about }] };
}

/** The turn after one by `pair` that has failed or ended; `first`: who begins each round. */
export function turnAfter(
  state: IdentityState,
  credentials: CredentialsName,
  first: 'current' | 'next',
): { readonly state: IdentityState; readonly credentials: CredentialsName } {
  if (credentials === 'next' && state.current !== null) return { state, credentials: 'current' };
  const previous = isDenied(state) || state.current === null ? nextPrevious(state) : undefined;
  if (isPrevious(credentials) || previous === undefined) return { state, credentials: first };
  return { state: { ...state, triedPrevious: previous }, credentials: previous };
}

/** The previous pair whose turn it is: all that there are, one after another. */
function nextPrevious({ previous, triedPrevious }: IdentityState): PreviousCredentials | undefined {
  const there = previousCredentials.filter((credentials) => previous[credentials] !== undefined);
  const last = triedPrevious === null ? -1 : there.indexOf(triedPrevious);
  return there[(last + 1) % there.length];
}

export const isPrevious = (credentials: CredentialsName): credentials is PreviousCredentials =>
  previousCredentials.some((one) => one === credentials);

/**
 * Forgets previous pairs that have expired by `floorMs`, the time that it must be at least: what a cloud says of the
 * time must not cost the robot its way back.
 */
export function forgetExpired(
  state: IdentityState,
  floorMs: number,
): Step<IdentityState, IdentityEffect> {
  const pairs = previousCredentials.filter((credentials) => {
    const facts = state.previous[credentials];
    return facts !== undefined && facts.notAfterMs < floorMs && state.upBy !== credentials;
  });
  return pairs.length === 0
    ? unchanged(state)
    : { state, effects: [{ type: 'identity/forget', pairs }] };
}
