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
 * Falls back to previous credentials. When the cloud rejects the current ones, either it is the true cloud and a false
 * one has issued them, or the other way round. No robot can know which. So the credentials take turns: the current ones
 * first, then one of the previous ones, and so on. None are discarded before their certificate has expired.
 */

/** A connection that was up so long shows that its credentials are accepted. */
const provenMs = 60_000;

/** Failures that count against our own credentials: not the network, the server's certificate or a clean disconnect. */
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

export function recordConnection(
  state: IdentityState,
  credentials: CredentialsName,
): Step<IdentityState, IdentityEffect> {
  const next = { ...state, connectedBy: credentials };
  if (credentials === 'current' && state.denials > 0) {
    return { state: next, effects: [{ type: 'timer/set', key: timers.proven, ms: provenMs }] };
  }
  if (!isPrevious(credentials)) return unchanged(next);
  const about = { credentials, certificateId: state.previous[credentials]?.certificateId };
  const text = 'connected by a previous certificate; the current one was rejected';
  return { state: next, effects: [{ type: 'note', level: 'warn', text, about }] };
}

/** The current credentials' connection is up. */
export const clearDenials = (state: IdentityState): Step<IdentityState, IdentityEffect> =>
  state.connectedBy === 'current' && state.denials > 0
    ? { state: { ...state, denials: 0 } }
    : unchanged(state);

/** Counts the end of an attempt or a connection, and decides when the previous credentials begin to take turns. */
export function recordEnd(
  before: IdentityState,
  credentials: CredentialsName,
  observation: Observation,
): Step<IdentityState, IdentityEffect> {
  const state = { ...before, connectedBy: null };
  if (credentials !== 'current' || !isDenial(observation)) return unchanged(state);
  const denials = state.denials + 1;
  const counted = { ...state, denials };
  if (denials !== denialsMax || nextPrevious(counted) === undefined) return unchanged(counted);
  const text = 'the current certificate is not let in; previous ones take turns with it';
  const about = { observation: observation.kind, code: observation.code };
  return { state: counted, effects: [{ type: 'note', level: 'warn', text, about }] };
}

/** The turn after one with `credentials` that has failed or ended; `first`: the turn that begins each round. */
export function chooseNext(
  state: IdentityState,
  credentials: CredentialsName,
  first: 'current' | 'next',
): { readonly state: IdentityState; readonly credentials: CredentialsName } {
  if (credentials === 'next' && state.current !== null) return { state, credentials: 'current' };
  const previous = isDenied(state) || state.current === null ? nextPrevious(state) : undefined;
  if (isPrevious(credentials) || previous === undefined) return { state, credentials: first };
  return { state: { ...state, triedPrevious: previous }, credentials: previous };
}

/** The previous credentials whose turn it is: all of them, one after another. */
function nextPrevious({ previous, triedPrevious }: IdentityState): PreviousCredentials | undefined {
  const kept = previousCredentials.filter((credentials) => previous[credentials] !== undefined);
  const last = triedPrevious === null ? -1 : kept.indexOf(triedPrevious);
  return kept[(last + 1) % kept.length];
}

export const isPrevious = (credentials: CredentialsName): credentials is PreviousCredentials =>
  previousCredentials.some((one) => one === credentials);

/**
 * Removes previous credentials that have expired by `floorMs`, the time that it must be at least. A cloud's statement
 * about the time must not cost the robot its way back.
 */
export function forgetExpired(
  state: IdentityState,
  floorMs: number,
): Step<IdentityState, IdentityEffect> {
  const expired = previousCredentials.filter((credentials) => {
    const facts = state.previous[credentials];
    return facts !== undefined && facts.notAfterMs < floorMs && state.connectedBy !== credentials;
  });
  return expired.length === 0
    ? unchanged(state)
    : { state, effects: [{ type: 'identity/forget', places: expired }] };
}
