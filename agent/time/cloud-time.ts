import type { TimeReply } from '../../protocol/schemas/time.ts';
import { earliestMs } from '../../protocol/time.ts';
import { type RobotId, upTopic } from '../../protocol/topics.ts';
import type { Event } from '../events.ts';
import {
  type Machine,
  type MachineState,
  type Moment,
  noItems,
  retryDelayMs,
  type Step,
  unchanged,
} from '../kernel/machine.ts';
import type { TimeEffect } from './effects.ts';

/**
 * Theory of operation. The shadow and jobs services stamp their answers with the cloud's time in whole seconds. The
 * first such answer on a connection makes cloud time known: stamps are made from it (quality `synced`), and `time/known`
 * releases the machines that must not act on a wrong clock. The moment of an event is read before its turn, so
 * `time/known` belongs to the next turn, `time/synced`, whose moment has the new time already:
 *
 *     an answer --time/sync--> time/synced, of this connection --> time/known
 *
 * The time is requested again on each connection,
 * because a robot may have slept in between. The timestamp counts even if nothing else of the answer is usable. The
 * cloud's messages of our own protocol are no time source: they are repeated and arrive late.
 *
 * Where neither service is used (`enabled`) this machine requests the time: `up/time` with a fresh token at each
 * link-up. Only the answer with the token of this connection's last request counts, so repeated, late and foreign
 * answers are ignored. The cloud stamped it at some moment between request and answer. Taking the middle is wrong by
 * half the round trip at most, and a round trip above 4 s is not used. Without an answer it is requested again with
 * growing delays, up to once an hour. After an answer it is requested again after a day, because clocks drift.
 */
export interface CloudTimeConfig {
  readonly robot: RobotId;
  /** Neither shadow nor jobs provide the time. */
  readonly enabled: boolean;
  readonly retryMs: number;
  readonly retryMsMax: number;
}

export interface CloudTimeState extends MachineState {
  readonly known: boolean;
  /** A time was received, and the stamps are about to be made from it. */
  readonly isSyncing: boolean;
  readonly linkUp: boolean;
  /** Counts the connections: a time that was received on an earlier one says nothing of the present one. */
  readonly connection: number;
  /** Requests since the last answer. */
  readonly requests: number;
  /** The request that may still be answered. */
  readonly openRequest: { readonly token: string; readonly monoMs: number } | null;
}

const retryTimer = 'time/retry';
/** Keeps the error within 2 s: expiry of commands is judged by this clock. */
const roundTripMsMax = 4000;
/** A quartz that is wrong by 50 parts in a million drifts by 4 s in a day. */
const freshMs = 24 * 3_600_000;

export function cloudTimeMachine(config: CloudTimeConfig): Machine<CloudTimeState, TimeEffect> {
  return {
    name: 'cloud-time',
    format: { v: 1, minReader: 1 },
    restore: () => ({
      row: null,
      items: noItems,
      known: false,
      isSyncing: false,
      linkUp: false,
      connection: 0,
      requests: 0,
      openRequest: null,
    }),
    step: (state, event, moment) => step(config, state, event, moment),
    view: ({ known }) => ({ known }),
  };
}

function step(
  config: CloudTimeConfig,
  state: CloudTimeState,
  event: Event,
  moment: Moment,
): Step<CloudTimeState, TimeEffect> {
  switch (event.type) {
    case 'link/up':
      return requestTime(
        config,
        { ...state, linkUp: true, connection: state.connection + 1, requests: 0 },
        moment,
      );
    case 'link/down':
      return {
        state: { ...state, known: false, isSyncing: false, linkUp: false, openRequest: null },
      };
    case 'time/synced':
      return finishSync(state, event);
    case 'news/missed':
      // The outcome of a sync may have been dropped with the rest.
      return state.isSyncing ? { state: { ...state, isSyncing: false } } : unchanged(state);
    case 'timer':
      return event.key === retryTimer ? requestTime(config, state, moment) : unchanged(state);
    case 'cloud/time-received':
      return acceptReply(state, event.body, moment);
    case 'cloud/shadow-got':
    case 'cloud/job-next':
    case 'cloud/shadow-updated':
    case 'cloud/stamped':
      return isSettled(state) ? unchanged(state) : startSync(state, stampMs(event.body.timestamp));
    case 'cloud/shadow-not-got':
      if (isSettled(state) || event.body.timestamp === undefined) return unchanged(state);
      return startSync(state, stampMs(event.body.timestamp));
    default:
      return unchanged(state);
  }
}

const isSettled = ({ known, isSyncing }: CloudTimeState): boolean => known || isSyncing;

function requestTime(
  config: CloudTimeConfig,
  state: CloudTimeState,
  moment: Moment,
): Step<CloudTimeState, TimeEffect> {
  if (!config.enabled || !state.linkUp) return unchanged(state);
  const { now, freshId: token, random } = moment;
  const requests = state.requests + 1;
  const bounds = { baseMs: config.retryMs, capMs: config.retryMsMax };
  return {
    state: { ...state, requests, openRequest: { token, monoMs: now.monoMs } },
    effects: [
      { type: 'publish', topic: upTopic(config.robot, 'time'), payload: { v: 1, token } },
      { type: 'timer/set', key: retryTimer, ms: retryDelayMs(requests, random, bounds) },
    ],
  };
}

function acceptReply(
  state: CloudTimeState,
  { token, cloudMs }: TimeReply,
  { now, random }: Moment,
): Step<CloudTimeState, TimeEffect> {
  if (token !== state.openRequest?.token) return unchanged(state);
  const roundTripMs = now.monoMs - state.openRequest.monoMs;
  const answered = { ...state, openRequest: null };
  // The timer requests it again.
  if (roundTripMs > roundTripMsMax || cloudMs < earliestMs) return unchanged(answered);
  const step = startSync({ ...answered, requests: 0 }, cloudMs + Math.round(roundTripMs / 2));
  const ms = retryDelayMs(1, random, { baseMs: freshMs, capMs: freshMs });
  return {
    ...step,
    effects: [...(step.effects ?? []), { type: 'timer/set', key: retryTimer, ms }],
  };
}

/** AWS documents seconds; some of its samples show milliseconds, so both are accepted. */
const stampMs = (timestamp: number): number =>
  Math.round(timestamp < 1e11 ? timestamp * 1000 : timestamp);

function startSync(state: CloudTimeState, cloudMs: number): Step<CloudTimeState, TimeEffect> {
  if (cloudMs < earliestMs) return unchanged(state);
  return {
    state: { ...state, isSyncing: true },
    effects: [{ type: 'time/sync', cloudMs, connection: state.connection }],
  };
}

function finishSync(
  state: CloudTimeState,
  { cloudMs, boardMs, connection }: Extract<Event, { type: 'time/synced' }>,
): Step<CloudTimeState, TimeEffect> {
  if (!state.linkUp || connection !== state.connection) return unchanged(state);
  return {
    state: { ...state, known: true, isSyncing: false },
    events: [{ type: 'time/known', cloudMs, boardMs }],
  };
}
