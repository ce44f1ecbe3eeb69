import type { Event } from '../events.ts';
import {
  type Machine,
  type MachineState,
  noItems,
  type Step,
  unchanged,
} from '../kernel/machine.ts';
import type { BodyEffect } from './effects.ts';

/**
 * Theory of operation. Polls the body (its snapshot, then its events after a cursor) and passes the results on. Only
 * this machine polls. Missions, shadow, commands and updates react to its events, and request a poll when they need
 * one.
 *
 *     idle --start, body/changed, body/poll-requested, retry timer--> polling
 *     polling --body/changed, body/poll-requested--> polling, and once more after it
 *     polling --body/polled--> idle, and body/snapshot to all
 *     polling --body/half-polled--> idle, body/partial-snapshot to all, retry timer
 *     polling --body/not-polled--> idle, body/no-snapshot to all, retry timer
 *
 * Any number of requests during a poll lead to one more poll. A snapshot is never kept for later: where a turn could
 * not be stored, the body is polled again (`agent/unstored.ts`). Nothing is stored: after a restart the body's events
 * are read from the first one, which costs one longer poll.
 */
export interface BodyState extends MachineState {
  readonly polling: 'no' | 'running' | 'running-again';
  /** The newest event that was passed on. */
  readonly cursor: number;
  /** The machines that requested the running or last poll. */
  readonly by: string;
  /** Why the last poll failed, if it did. */
  readonly failure: string | null;
}

export interface BodyConfig {
  /** The delay after a failed poll. */
  readonly retryMs: number;
}

const retryTimer = 'body/poll';
/** The store may have room again before the body changes. */
const storeRetryMs = 5000;

export function bodyMachine(config: BodyConfig): Machine<BodyState, BodyEffect> {
  return {
    name: 'body',
    format: { v: 1, minReader: 1 },
    restore: () => ({
      ...{ row: null, items: noItems, polling: 'no', cursor: 0, by: 'start', failure: null },
    }),
    step: (state, event) => step(config, state, event),
    view: ({ polling, by, failure }) => ({ polling: polling !== 'no', requestedBy: by, failure }),
  };
}

function step(config: BodyConfig, state: BodyState, event: Event): Step<BodyState, BodyEffect> {
  switch (event.type) {
    case 'agent/started':
      return startPoll(state, 'start');
    case 'body/changed':
      return startPoll(state, 'body');
    case 'body/poll-requested':
      return startPoll(state, event.by);
    case 'timer':
      return event.key === retryTimer ? startPoll(state, 'retry') : unchanged(state);
    case 'body/polled': {
      const { type: _type, ...polled } = event;
      const { lastEvent } = event.snapshot;
      // A replaced body counts its events from the beginning again.
      const after = state.cursor > lastEvent ? 0 : state.cursor;
      const events = event.events.filter(({ seq }) => seq > after);
      const cursor = events.reduce((newest, { seq }) => Math.max(newest, seq), after);
      const observed = { type: 'body/snapshot', ...polled, events } as const;
      return finishPoll({ ...state, cursor, failure: null }, observed);
    }
    case 'body/half-polled':
      return scheduleRetry(
        config,
        state,
        { ...event, type: 'body/partial-snapshot' },
        'bad-answer',
      );
    case 'body/not-polled':
      return scheduleRetry(config, state, { ...event, type: 'body/no-snapshot' }, event.code);
    default:
      return unchanged(state);
  }
}

function startPoll(state: BodyState, by: string): Step<BodyState, BodyEffect> {
  if (state.polling !== 'no') return unchanged({ ...state, polling: 'running-again', by });
  return {
    state: { ...state, polling: 'running', by },
    effects: [{ type: 'body/poll', after: state.cursor }],
  };
}

function finishPoll(state: BodyState, observed: Event): Step<BodyState, BodyEffect> {
  const idle = { ...state, polling: 'no' } as const;
  const next = state.polling === 'running-again' ? startPoll(idle, state.by) : unchanged(idle);
  return { ...next, events: [observed] };
}

/** Requests made meanwhile would fail as well: the retry serves them. */
function scheduleRetry(
  { retryMs }: BodyConfig,
  state: BodyState,
  event: Event,
  code: string,
): Step<BodyState, BodyEffect> {
  const ms = code === 'not-stored' ? Math.min(storeRetryMs, retryMs) : retryMs;
  return {
    state: { ...state, polling: 'no', failure: code },
    effects: [{ type: 'timer/set', key: retryTimer, ms }],
    events: [event],
  };
}
