import type { Event } from '../events.ts';
import { type Machine, type Moment, type Step, unchanged } from '../kernel/machine.ts';
import {
  handleNoAnswer,
  registerCertificate,
  sendRequest,
  stageCertificate,
  startTrial,
  subscribeToAnswers,
} from './certificate-request.ts';
import type { IdentityEffect } from './effects.ts';
import { clearDenials, forgetExpired } from './fallback.ts';
import { failRenewal, renewIfDue, start } from './renew.ts';
import { renewOnRequest } from './requests.ts';
import { withFloor } from './room.ts';
import { type IdentityConfig, type IdentityState, restore, timers } from './state.ts';
import {
  finishRenewal,
  handleLinkDown,
  handleLinkUp,
  restoreCredentials,
  retryPromotion,
  retryTrial,
  updateCredentials,
} from './trial.ts';
import { identityView } from './view.ts';

/**
 * Theory of operation. A certificate is renewed over the connection that it still makes (AWS fleet provisioning).
 * Renewal starts after two thirds of its validity by the cloud's time, or when an operator requests it.
 *
 *     settled ──due──▶ requesting ─csr─▶ subscribing ─▶ creating ─certificate─▶ staging ─▶ registering
 *        ▲                  │ link down, no answer, rejected: back to settled, retried later     │
 *        │                  ▼                                                              thing registered
 *        ◀── failed ────────┘                                                                    ▼
 *        ◀──────── rejected three times: the old credentials are used again ──────────────────── trying
 *        ◀──────── promoted ── promoting ◀── connected with `next`, full handshake ──────────────┘
 *
 * The credentials in use are never changed before the next ones have connected. On disk there is `current` and, from
 * `staging` to the end, `next`. After a crash those two decide, not the row or a lost store: next credentials on disk
 * are tried. If the cloud is not known to have registered them, they are discarded at the first rejection, and a new
 * certificate is requested at once.
 *
 * An answer belongs to the one open request, because the service answers only on the connection of the request. When
 * that connection ends, the request ends too, and starts anew on the next one. A broker may end a connection because of
 * the request (AWS IoT does so where a policy forbids it). After three such ends in a row the renewal is postponed for
 * hours; otherwise the robot would never stay connected.
 *
 * During the trial the two credentials take turns. An attempt that meets no network proves nothing against the next
 * ones; only a broker's rejection counts. Rejected credentials are discarded only while the others are connected: of
 * two that do not connect, neither is discarded.
 *
 * Replaced credentials stay as previous ones until their certificate has expired, by time that no cloud can set: the
 * cloud that accepted the new ones may have been a false one. When there is no place for them, the renewal waits
 * (`room.ts`). After the current credentials were rejected three times in a row, the previous ones take turns with them
 * (`fallback.ts`). A connection with previous credentials is normal operation, and a new certificate is requested over
 * it.
 */
export function identityMachine(config: IdentityConfig): Machine<IdentityState, IdentityEffect> {
  return {
    name: 'identity',
    format: { v: 1, minReader: 1 },
    restore,
    step: (state, event, moment) => step(config, state, event, moment),
    view: identityView,
    logChange({ before, after }) {
      const [was, is] = [before, after] as (IdentityState['row'] | undefined)[];
      if (is?.last === was?.last || !is?.last) return undefined;
      return { text: `certificate renewal: ${is.last.result}`, about: { failures: is.failures } };
    },
  };
}

function step(
  config: IdentityConfig,
  state: IdentityState,
  event: Event,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  switch (event.type) {
    case 'agent/started':
      return restoreCredentials(state, event.identity, moment);
    case 'time/known':
      return renewIfDue(config, { ...state, timeKnown: true }, moment);
    case 'identity/known':
      return updateCredentials(state, event.identity, moment);
    case 'clock/floor':
      return forgetExpired(withFloor(state, event.floorMs), event.floorMs);
    case 'link/up':
      return handleLinkUp(config, { ...state, linkUp: true }, event.credentials, moment);
    case 'link/down':
      return handleLinkDown(config, { ...state, linkUp: false, timeKnown: false }, event, moment);
    case 'timer':
      return handleTimer(config, state, event.key, moment);
    case 'request/renew':
      return renewOnRequest(config, state, event, moment);
    default:
      return handleRenewalEvent(config, state, event, moment);
  }
}

/** Events of a running renewal; each is handled in one phase only. */
function handleRenewalEvent(
  config: IdentityConfig,
  state: IdentityState,
  event: Event,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const { phase } = state;
  const fail = (code: string) => failRenewal(config, state, code, moment);
  switch (event.type) {
    case 'identity/requested':
      return phase === 'requesting'
        ? subscribeToAnswers(config, state, event.csr)
        : unchanged(state);
    case 'identity/not-requested':
      return phase === 'requesting' ? fail(event.code) : unchanged(state);
    case 'identity/subscribed':
      if (phase !== 'subscribing') return unchanged(state);
      return sendRequest(config, { ...state, phase: 'creating' }, moment);
    case 'identity/not-subscribed':
      return phase === 'subscribing' ? fail(event.code) : unchanged(state);
    case 'cloud/certificate-created':
      return phase === 'creating' ? stageCertificate(state, event.body) : unchanged(state);
    case 'cloud/certificate-not-created':
      return phase === 'creating' ? fail(event.body.errorCode) : unchanged(state);
    case 'identity/staged':
      return phase === 'staging'
        ? registerCertificate(config, state, event.next, moment)
        : unchanged(state);
    case 'identity/not-staged':
      return phase === 'staging'
        ? rejectCertificate(config, state, event, moment)
        : unchanged(state);
    case 'cloud/thing-registered':
      return phase === 'registering'
        ? startTrial(config, state, event.body.thingName, moment)
        : unchanged(state);
    case 'cloud/thing-not-registered':
      return phase === 'registering' ? fail(event.body.errorCode) : unchanged(state);
    case 'identity/promoted':
      return phase === 'promoting' ? finishRenewal(config, state, event, moment) : unchanged(state);
    case 'identity/not-promoted':
      return phase === 'promoting' ? retryPromotion(state, event.code) : unchanged(state);
    default:
      return unchanged(state);
  }
}

/** The operator must learn who issued the certificate. */
function rejectCertificate(
  config: IdentityConfig,
  state: IdentityState,
  { code, detail }: Extract<Event, { type: 'identity/not-staged' }>,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const { effects = [], ...step } = failRenewal(config, state, code, moment);
  const text = 'renewed certificate rejected';
  const about = { code, detail };
  return { ...step, effects: [...effects, { type: 'note', level: 'warn', text, about }] };
}

function handleTimer(
  config: IdentityConfig,
  state: IdentityState,
  key: string,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  if (key === timers.check) return renewIfDue(config, state, moment);
  if (key === timers.retry) return handleNoAnswer(config, state, moment);
  if (key === timers.trial) return retryTrial(state);
  if (key === timers.proven) return clearDenials(state);
  if (key === timers.promote && state.phase === 'promoting') return start.promotion(state);
  return unchanged(state);
}
