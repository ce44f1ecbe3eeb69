import type { CertificateCreated } from '../../protocol/schemas/provisioning.ts';
import { topicOf } from '../../protocol/topics.ts';
import type { CertificateFacts } from '../events.ts';
import { backoffMs, type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { IdentityEffect } from './effects.ts';
import { answerTimeout, failRenewal } from './renew.ts';
import { type IdentityConfig, type IdentityState, idle, timers } from './state.ts';

/** From a request to a registered certificate. */

const topicsOf = ({ template }: IdentityConfig) => ({
  create: topicOf('$aws/certificates/create-from-csr/json', {}),
  register: topicOf('$aws/provisioning-templates/{template}/provision/json', { template }),
});

/** Requests without any answer before the renewal is postponed. */
const requestsMax = 6;

/** Sends the phase's request, and again after a growing delay while there is no answer. */
export function sendRequest(
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
  const requests = state.requests + 1;
  const bounds = { baseMs: config.retryMs, capMs: config.retryMsMax, floorMs: config.retryMs };
  const ms = backoffMs(requests, random, bounds);
  return {
    state: { ...state, requests },
    effects: [publish, { type: 'timer/set', key: timers.retry, ms }],
  };
}

/** The request is ready; its answers must be subscribed to first. */
export const subscribeToAnswers = (
  config: IdentityConfig,
  state: IdentityState,
  csr: string,
): Step<IdentityState, IdentityEffect> => {
  const { create, register } = topicsOf(config);
  const topics = [create, register].flatMap((topic) => [`${topic}/accepted`, `${topic}/rejected`]);
  return {
    state: { ...state, phase: 'subscribing', csr },
    effects: [{ type: 'identity/subscribe', topics }, answerTimeout],
  };
};

/** No answer: retries, or postpones the renewal. */
export function handleNoAnswer(
  config: IdentityConfig,
  state: IdentityState,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  switch (state.phase) {
    case 'requesting':
    case 'subscribing':
      return failRenewal(config, state, `no-answer-${state.phase}`, moment);
    case 'creating':
    case 'registering':
      if (state.requests < requestsMax) return sendRequest(config, state, moment);
      return failRenewal(config, state, 'no-answer', moment);
    default:
      return unchanged(state);
  }
}

export const stageCertificate = (
  state: IdentityState,
  { certificatePem, certificateOwnershipToken }: CertificateCreated,
): Step<IdentityState, IdentityEffect> => ({
  state: { ...state, phase: 'staging', token: certificateOwnershipToken, requests: 0 },
  effects: [
    { type: 'timer/clear', key: timers.retry },
    { type: 'identity/stage', certificatePem },
  ],
});

export const registerCertificate = (
  config: IdentityConfig,
  state: IdentityState,
  next: CertificateFacts,
  moment: Moment,
): Step<IdentityState, IdentityEffect> =>
  sendRequest(config, { ...state, next, phase: 'registering' }, moment);

/** The new certificate is valid: the trial begins. */
export function startTrial(
  config: IdentityConfig,
  state: IdentityState,
  thingName: string,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  if (thingName !== config.robot) return failRenewal(config, state, 'foreign-thing', moment);
  const row = { ...state.row, registered: state.next?.certificateId ?? null };
  return {
    state: { ...state, ...idle, rotatesKey: state.rotatesKey, row, phase: 'trying' },
    effects: [{ type: 'timer/clear', key: timers.retry }],
    events: [{ type: 'identity/use', credentials: 'next' }],
  };
}
