import { type Observation, type Pair, type PreviousPair, previousPairs } from '../events.ts';
import { type Step, stay } from '../kernel/machine.ts';
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

export function connected(state: IdentityState, pair: Pair): Step<IdentityState, IdentityEffect> {
  const next = { ...state, upBy: pair };
  if (pair === 'current' && state.denials > 0) {
    return { state: next, effects: [{ type: 'timer/set', key: timers.proven, ms: provenMs }] };
  }
  if (!isPrevious(pair)) return stay(next);
  const about = { pair, certificateId: state.previous[pair]?.certificateId };
  const text = 'connected by a previous certificate; the current one was refused';
  return { state: next, effects: [{ type: 'note', level: 'warn', text, about }] };
}

/** The current pair's connection lives. */
export const proven = (state: IdentityState): Step<IdentityState, IdentityEffect> =>
  state.upBy === 'current' && state.denials > 0 ? { state: { ...state, denials: 0 } } : stay(state);

/** Counts the end of an attempt or a connection, and says when the previous pairs begin to take turns. */
export function ended(
  before: IdentityState,
  pair: Pair,
  observation: Observation,
): Step<IdentityState, IdentityEffect> {
  const state = { ...before, upBy: null };
  if (pair !== 'current' || !isDenial(observation)) return stay(state);
  const denials = state.denials + 1;
  const counted = { ...state, denials };
  if (denials !== denialsMax || nextPrevious(counted) === undefined) return stay(counted);
  const text = 'the current certificate is not let in; previous ones take turns with it';
  const about = { observation: observation.kind, code: observation.code };
  return { state: counted, effects: [{ type: 'note', level: 'warn', text, about }] };
}

/** The turn after one by `pair` that has failed or ended; `first`: who begins each round. */
export function turnAfter(
  state: IdentityState,
  pair: Pair,
  first: 'current' | 'next',
): { readonly state: IdentityState; readonly pair: Pair } {
  if (pair === 'next' && state.current !== null) return { state, pair: 'current' };
  const previous = isDenied(state) || state.current === null ? nextPrevious(state) : undefined;
  if (isPrevious(pair) || previous === undefined) return { state, pair: first };
  return { state: { ...state, triedPrevious: previous }, pair: previous };
}

/** The previous pair whose turn it is: all that there are, one after another. */
function nextPrevious({ previous, triedPrevious }: IdentityState): PreviousPair | undefined {
  const there = previousPairs.filter((pair) => previous[pair] !== undefined);
  const last = triedPrevious === null ? -1 : there.indexOf(triedPrevious);
  return there[(last + 1) % there.length];
}

export const isPrevious = (pair: Pair): pair is PreviousPair =>
  previousPairs.some((one) => one === pair);

/**
 * Forgets previous pairs that have expired by `floorMs`, the time that it must be at least: what a cloud says of the
 * time must not cost the robot its way back.
 */
export function forgetExpired(
  state: IdentityState,
  floorMs: number,
): Step<IdentityState, IdentityEffect> {
  const pairs = previousPairs.filter((pair) => {
    const facts = state.previous[pair];
    return facts !== undefined && facts.notAfterMs < floorMs && state.upBy !== pair;
  });
  return pairs.length === 0
    ? stay(state)
    : { state, effects: [{ type: 'identity/forget', pairs }] };
}
