import type { CertificateCreated } from '../../protocol/schemas/provisioning.ts';
import { topicOf } from '../../protocol/topics.ts';
import type { CertificateFacts } from '../events.ts';
import { backoffMs, type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { IdentityEffect } from './effects.ts';
import { deadline, failed } from './renew.ts';
import { type IdentityConfig, type IdentityState, idle, timers } from './state.ts';

/** From a request to a registered certificate. */

const topicsOf = ({ template }: IdentityConfig) => ({
  create: topicOf('$aws/certificates/create-from-csr/json', {}),
  register: topicOf('$aws/provisioning-templates/{template}/provision/json', { template }),
});

/** Requests without any answer before the renewal is postponed. */
const asksMax = 6;

/** Sends the phase's request, and again after a growing delay while there is no answer. */
export function ask(
  config: IdentityConfig,
  state: IdentityState,
  { random }: Moment,
): Step<IdentityState, IdentityEffect> {
  const { create, register } = topicsOf(config);
  const publish: IdentityEffect =
    state.phase === 'registering'
      ? {
          type: 'publish',
          topic: register,
          payload: {
            certificateOwnershipToken: state.token,
            parameters: { SerialNumber: config.robot },
          },
        }
      : {
          type: 'publish',
          topic: create,
          payload: { certificateSigningRequest: state.csr },
        };
  const asked = state.asked + 1;
  const bounds = { baseMs: config.retryMs, capMs: config.retryMsMax, floorMs: config.retryMs };
  const ms = backoffMs(asked, random, bounds);
  return {
    state: { ...state, asked },
    effects: [publish, { type: 'timer/set', key: timers.ask, ms }],
  };
}

/** The request is ready; its answers must be subscribed to first. */
export const requested = (
  config: IdentityConfig,
  state: IdentityState,
  csr: string,
): Step<IdentityState, IdentityEffect> => {
  const { create, register } = topicsOf(config);
  const topics = [create, register].flatMap((topic) => [`${topic}/accepted`, `${topic}/rejected`]);
  return {
    state: { ...state, phase: 'subscribing', csr },
    effects: [{ type: 'identity/subscribe', topics }, deadline],
  };
};

/** No answer: retries, or postpones the renewal. */
export function retreat(
  config: IdentityConfig,
  state: IdentityState,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  switch (state.phase) {
    case 'requesting':
    case 'subscribing':
      return failed(config, state, `no-answer-${state.phase}`, moment);
    case 'asking':
    case 'registering':
      if (state.asked < asksMax) return ask(config, state, moment);
      return failed(config, state, 'no-answer', moment);
    default:
      return unchanged(state);
  }
}

export const created = (
  state: IdentityState,
  { certificatePem, certificateOwnershipToken }: CertificateCreated,
): Step<IdentityState, IdentityEffect> => ({
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
): Step<IdentityState, IdentityEffect> =>
  ask(config, { ...state, next, phase: 'registering' }, moment);

/** The new certificate is valid: the trial begins. */
export function registered(
  config: IdentityConfig,
  state: IdentityState,
  thingName: string,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  if (thingName !== config.robot) return failed(config, state, 'foreign-thing', moment);
  const row = { ...state.row, registered: state.next?.certificateId ?? null };
  return {
    state: { ...state, ...idle, rotates: state.rotates, row, phase: 'trying' },
    effects: [{ type: 'timer/clear', key: timers.ask }],
    events: [{ type: 'identity/use', credentials: 'next' }],
  };
}
