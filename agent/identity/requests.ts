import { type Reply, refuseRequest } from '../../protocol/requests.ts';
import type { Event } from '../events.ts';
import type { Json, Moment, Step } from '../kernel/machine.ts';
import type { IdentityEffect } from './effects.ts';
import { renewIfDue } from './renew.ts';
import { type IdentityConfig, type IdentityState, isFallback } from './state.ts';
import { identityView } from './view.ts';

export const identityRequests = {
  /** Renews the certificate now. Replies the result of this turn; the status shows how the renewal ends. */
  renew: { machine: 'identity' },
} as const;

/** The answer to `renew`. */
export interface RenewReply {
  readonly robot: string;
  /**
   * `started`: the new certificate is being requested; `under-way`: a renewal was already running; `waiting`: it starts
   * by itself when its precondition is met, unless the agent restarts before.
   */
  readonly renewal: 'started' | 'under-way' | 'waiting';
  readonly waitsFor?: 'connection' | 'cloud-time';
  /** The identity machine's view after the request. */
  readonly identity: Json;
}

type Renew = Extract<Event, { type: 'request/renew' }>;

/** An operator requests a renewal now. */
export function renewOnRequest(
  config: IdentityConfig,
  state: IdentityState,
  { id, origin, params: { rotateKey = false } }: Renew,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const reply = (answer: Reply): IdentityEffect => ({ type: 'reply', id, reply: answer });
  const refusal = refusalOf(config, state, rotateKey);
  if (refusal !== undefined) return { state, effects: [reply(refusal)] };
  const answer = (after: IdentityState, how: Omit<RenewReply, 'robot' | 'identity'>) => {
    const result: RenewReply = { robot: config.robot, ...how, identity: identityView(after) };
    return reply({ ok: true, result });
  };
  if (state.phase !== 'settled') {
    return { state, effects: [answer(state, { renewal: 'under-way' })] };
  }
  const step = renewIfDue(config, { ...state, renewalRequest: { rotateKey } }, moment);
  const effects = step.effects ?? [];
  const text = 'certificate renewal requested';
  const note = { type: 'note', level: 'info', text, about: { origin, rotateKey } } as const;
  return { ...step, effects: [...effects, note, answer(step.state, outcomeOf(step.state))] };
}

function outcomeOf(state: IdentityState): Omit<RenewReply, 'robot' | 'identity'> {
  if (state.phase !== 'settled') return { renewal: 'started' };
  if (!state.linkUp) return { renewal: 'waiting', waitsFor: 'connection' };
  return { renewal: 'waiting', waitsFor: 'cloud-time' };
}

function refusalOf(
  { robot, enabled, canRotateKey }: IdentityConfig,
  state: IdentityState,
  rotateKey: boolean,
): Reply | undefined {
  if (!enabled) {
    const hint =
      '"renewal" is false in its configuration; it gets a new one at the factory station';
    return refuseRequest('renewal-off', `${robot} does not renew its certificate by itself`, hint);
  }
  if (rotateKey && !canRotateKey) {
    const hint = 'pilotfish renew without --rotate-key renews the certificate with the same key';
    return refuseRequest(
      'key-rotation',
      `the key of ${robot} is in a token, which holds one key`,
      hint,
    );
  }
  if (state.current === null && !isFallback(state)) {
    const hint =
      'pilotfish provision gives it one; the agent finds it before its next attempt to connect';
    return refuseRequest('no-identity', `${robot} has no usable certificate`, hint);
  }
  if (state.phase !== 'settled' && rotateKey && !state.rotatesKey) {
    return refuseRequest(
      'renewal-under-way',
      `${robot} is renewing its certificate already (${state.phase})`,
      'when that has ended (pilotfish status), request a new key again',
    );
  }
  return undefined;
}
