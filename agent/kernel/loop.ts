import { codeOf } from '../../base/errors.ts';
import { type Reply, refuseRequest } from '../../protocol/requests.ts';
import type { Event } from '../events.ts';
import type { Commits } from './commits.ts';
import type { Effect, LoopEffect, Run } from './effects.ts';
import { createExecutor } from './executor.ts';
import { logChanges } from './log-changes.ts';
import type { Moment } from './machine.ts';
import type { Journal, Time, Write } from './ports.ts';
import { Timers } from './timers.ts';
import { type Machinery, type States, takeTurn } from './turn.ts';

/** The loop's interface to the agent. */
export interface Loop {
  /** Hands in an event from outside. Never throws. */
  deliver(event: Event): void;
  states(): States;
  readonly timers: Timers;
  /** Aborted when the loop has stopped. */
  readonly signal: AbortSignal;
  /** Rejects with the first bug: of a machine, a handler, or a start that could not be stored. */
  readonly failed: Promise<never>;
  /** What `failed` rejected with, if it did. */
  readonly failure: unknown;
  stop(): void;
}

/** How to handle an event whose turn could not be stored. */
export interface Unstored {
  /** Is delivered at once, before any retry. */
  readonly instead?: Event;
  /** `missed`: the sender sends it again. One `missed` event requests that for all that was missed meanwhile. */
  readonly retry: 'now' | 'later' | 'missed' | 'never' | 'fatal';
  /** The request with this id is rejected. */
  readonly refuse?: string;
}

export interface UnstoredRules {
  of(event: Event, writes: readonly Write[]): Unstored;
  /** Whether `event` supersedes an older one that waits for its retry. */
  isOverBy(waiting: Event, event: Event): boolean;
  readonly missed: Event;
}

export interface LoopParts<Context extends Run> {
  readonly machinery: Machinery<Context>;
  readonly states: States;
  readonly commits: Commits;
  readonly time: Pick<Time, 'after'>;
  readonly journal: Journal;
  readonly unstored: UnstoredRules;
  moment(): Moment;
  contextOf(run: Run): Context;
  /** Answers a request. */
  reply(id: string, reply: Reply): void;
}

const inboxMax = 1024;
const retriesMax = 64;
const storeRetryMs = 5000;

/**
 * Theory of operation. The loop handles one event at a time. It computes a turn, commits the turn's writes, then starts
 * the effects without awaiting them; their outcomes come back as events. An event that arrives during a turn waits in a
 * bounded inbox.
 *
 * A turn that cannot be stored did not happen: none of its effects starts, and it is counted. The features' rules
 * (`UnstoredRules`) decide about its event. Outcomes and timers come only once, so they are retried some seconds later.
 * Messages of the cloud are requested again. A snapshot is never replayed; the body is polled again.
 *
 * A bug stops this loop and rejects `failed`. Nothing is thrown into the process, so other agents in it keep running.
 */
export function createLoop<Context extends Run>(parts: LoopParts<Context>): Loop {
  const { machinery, commits, time, journal, unstored } = parts;
  const inbox: Event[] = [];
  const retries: Event[] = [];
  const timers = new Timers(time, journal);
  const stopped = new AbortController();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => {});
  let failure: unknown;
  let { states } = parts;
  let isBusy = false;

  const stop = (): void => {
    stopped.abort();
    executor.stop();
    timers.stop();
  };

  const fail = (error: unknown): void => {
    if (failure !== undefined || stopped.signal.aborted) return;
    failure = error;
    stop();
    reject(error);
  };

  const deliver = (event: Event): void => {
    if (stopped.signal.aborted) return;
    if (inbox.length >= inboxMax) {
      journal.count('inbox-full');
      return scheduleMissed();
    }
    inbox.push(event);
    if (isBusy) return;
    isBusy = true;
    try {
      for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) {
        if (stopped.signal.aborted) return;
        runTurn(next);
      }
    } catch (error) {
      fail(error);
    } finally {
      isBusy = false;
    }
  };

  const runTurn = (event: Event): void => {
    const waiting = retries.filter((one) => !unstored.isOverBy(one, event));
    retries.splice(0, retries.length, ...waiting);
    const result = takeTurn(machinery, states, event, parts.moment());
    try {
      commits.take(result);
    } catch (error) {
      journal.count('turn-not-stored', codeOf(error));
      return handleNotStored(event, unstored.of(event, result.writes), error);
    }
    for (const { text, about } of logChanges(machinery.machines, states, result)) {
      journal.note('info', text, about);
    }
    states = result.states;
    for (const effect of result.effects) start(effect);
  };

  const handleNotStored = (
    event: Event,
    { instead, retry, refuse }: Unstored,
    error: unknown,
  ): void => {
    if (retry === 'fatal') throw error;
    if (refuse !== undefined) parts.reply(refuse, refuseRequest('not-stored'));
    if (instead !== undefined) deliver(instead);
    if (retry === 'now') deliver(event);
    if (retry === 'missed') scheduleMissed();
    if (retry !== 'later') return;
    if (retries.length >= retriesMax) return journal.count('retry-queue-full');
    retries.push(event);
    timers.set('agent/store-again', storeRetryMs, () => {
      for (const again of retries.splice(0)) deliver(again);
    });
  };

  const scheduleMissed = (): void => {
    if (timers.has('agent/missed')) return;
    timers.set('agent/missed', storeRetryMs, () => deliver(unstored.missed));
  };

  const executor = createExecutor<Context>({
    effects: machinery.effects,
    contextOf: parts.contextOf,
    ...{ journal, deliver, fail },
  });

  const start = (effect: Effect): void => {
    // The loop's own effects; the executor handles or rejects all others.
    const own = effect as LoopEffect;
    switch (own.type) {
      case 'timer/set':
        return timers.set(own.key, own.ms, () => deliver({ type: 'timer', key: own.key }));
      case 'timer/clear':
        return timers.clear(own.key);
      case 'cancel':
        return executor.cancel(own.key);
      case 'reply':
        return parts.reply(own.id, own.reply);
      case 'note':
        return journal.note(own.level, own.text, own.about);
      default:
        return executor.start(effect);
    }
  };

  return {
    deliver,
    states: () => states,
    timers,
    signal: stopped.signal,
    failed,
    get failure() {
      return failure;
    },
    stop,
  };
}
