import type { Event } from '../events.ts';
import { type Machine, type Moment, type Step, unchanged } from '../kernel/machine.ts';
import { ask, created, registered, requested, retreat, staged } from './asking.ts';
import type { IdentityEffect } from './effects.ts';
import { forgetExpired, proven } from './fallback.ts';
import { begin, failed, look } from './renew.ts';
import { renewOnRequest } from './requests.ts';
import { withFloor } from './room.ts';
import { type IdentityConfig, type IdentityState, restore, timers } from './state.ts';
import { down, promoted, promotionFailed, seen, started, tryAgain, up } from './trial.ts';
import { view } from './view.ts';

/**
 * Theory of operation. A certificate is renewed over the connection that it still makes (AWS fleet provisioning), from
 * two thirds of its life on, when the cloud's time says so or an operator wants it.
 *
 *     settled ──due──▶ requesting ─csr─▶ subscribing ─▶ asking ─certificate─▶ staging ─▶ registering
 *        ▲                  │ link down, no answer, refused: back to settled, again later        │
 *        │                  ▼                                                              thing registered
 *        ◀── failed ────────┘                                                                    ▼
 *        ◀──────── refused three times: the old pair is used again ───────────────────────── trying
 *        ◀──────── promoted ── promoting ◀── connected by the next pair, full handshake ─────────┘
 *
 * The pair in use is never touched before the next one has connected. On disk there is `current` and, from `staging` to
 * the end, `next`: after a crash those two decide, and what the row or a lost store says of them does not: a next pair is
 * tried. One that the cloud is not known to have made good goes at the first refusal, and a new one is asked for at once.
 *
 * An answer belongs to the one request under way, because the service answers only the connection that asked; when that
 * connection ends, so does the request, and it begins anew on the next one. A broker may end a connection because of the
 * request (AWS IoT does so where a policy forbids it): after three in a row it is given up for hours, or the robot would
 * never stay connected. A trial that meets no network proves nothing against the new pair; only a broker's refusal
 * counts. During the trial the pairs take turns, and a refused one goes only while the other is connected: of two that
 * do not connect, neither is given up.
 *
 * A pair that was replaced stays as a previous one until its certificate has expired, by time that no cloud has told: the
 * cloud that took the new pair may have been a false one. Where there is no place for it, the renewal waits (`room.ts`). Once the current pair is not let in three times in a row, the
 * previous ones take turns with it (`fallback.ts`); a connection by one of them is normal operation, and a new
 * certificate is asked for over it.
 */
export function identityMachine(config: IdentityConfig): Machine<IdentityState, IdentityEffect> {
  return {
    name: 'identity',
    format: { v: 1, minReader: 1 },
    restore,
    step: (state, event, moment) => step(config, state, event, moment),
    view,
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
      return started(state, event.identity, moment);
    case 'time/known':
      // The moment's own clock was read before this turn made the time known.
      return look(config, { ...state, timeKnown: true }, at(moment, event.cloudMs));
    case 'identity/known':
      return seen(state, event.identity, moment);
    case 'clock/floor':
      return forgetExpired(withFloor(state, event.floorMs), event.floorMs);
    case 'link/up':
      return up(config, { ...state, linkUp: true }, event.credentials, moment);
    case 'link/down':
      return down(config, { ...state, linkUp: false, timeKnown: false }, event, moment);
    case 'timer':
      return timer(config, state, event.key, moment);
    case 'request/renew':
      return renewOnRequest(config, state, event, moment);
    default:
      return under(config, state, event, moment);
  }
}

const at = (moment: Moment, wallMs: number): Moment => ({
  ...moment,
  now: { ...moment.now, wallMs },
});

/** Events of a renewal under way; each means something in one phase only. */
function under(
  config: IdentityConfig,
  state: IdentityState,
  event: Event,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const { phase } = state;
  const fail = (code: string) => failed(config, state, code, moment);
  switch (event.type) {
    case 'identity/requested':
      return phase === 'requesting' ? requested(config, state, event.csr) : unchanged(state);
    case 'identity/not-requested':
      return phase === 'requesting' ? fail(event.code) : unchanged(state);
    case 'identity/subscribed':
      if (phase !== 'subscribing') return unchanged(state);
      return ask(config, { ...state, phase: 'asking' }, moment);
    case 'identity/not-subscribed':
      return phase === 'subscribing' ? fail(event.code) : unchanged(state);
    case 'cloud/certificate-created':
      return phase === 'asking' ? created(state, event.body) : unchanged(state);
    case 'cloud/certificate-not-created':
      return phase === 'asking' ? fail(event.body.errorCode) : unchanged(state);
    case 'identity/staged':
      return phase === 'staging' ? staged(config, state, event.next, moment) : unchanged(state);
    case 'identity/not-staged':
      return phase === 'staging' ? notStaged(config, state, event, moment) : unchanged(state);
    case 'cloud/thing-registered':
      return phase === 'registering'
        ? registered(config, state, event.body.thingName, moment)
        : unchanged(state);
    case 'cloud/thing-not-registered':
      return phase === 'registering' ? fail(event.body.errorCode) : unchanged(state);
    case 'identity/promoted':
      return phase === 'promoting' ? promoted(config, state, event, moment) : unchanged(state);
    case 'identity/not-promoted':
      return phase === 'promoting' ? promotionFailed(state, event.code) : unchanged(state);
    default:
      return unchanged(state);
  }
}

/** The operator must learn whose certificate it was. */
function notStaged(
  config: IdentityConfig,
  state: IdentityState,
  { code, detail }: Extract<Event, { type: 'identity/not-staged' }>,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  const { effects = [], ...step } = failed(config, state, code, moment);
  const text = 'renewed certificate refused';
  const about = { code, detail };
  return { ...step, effects: [...effects, { type: 'note', level: 'warn', text, about }] };
}

function timer(
  config: IdentityConfig,
  state: IdentityState,
  key: string,
  moment: Moment,
): Step<IdentityState, IdentityEffect> {
  if (key === timers.look) return look(config, state, moment);
  if (key === timers.ask) return retreat(config, state, moment);
  if (key === timers.trial) return tryAgain(state);
  if (key === timers.proven) return proven(state);
  if (key === timers.promote && state.phase === 'promoting') return begin.promotion(state);
  return unchanged(state);
}
