import type { Event } from '../events.ts';
import { type Effect, type EffectTable, type Handler, keyOf, type Run } from './effects.ts';
import type { Journal } from './ports.ts';

/** Starts declared effects and delivers their outcomes. */
export interface Executor {
  start(effect: Effect): void;
  /** Aborts the running effect with this key. */
  cancel(key: string): void;
  /** Aborts all. */
  stop(): void;
}

/**
 * Theory of operation. A long effect has a key. A newer effect with the same key aborts it; later outcomes of the older
 * one are stale, dropped and counted. Handlers return their failures as events. Anything else that they throw is a bug
 * and goes to `fail`. Errors thrown after the signal was aborted are ignored.
 */
export function createExecutor<Context extends Run>(parts: {
  readonly effects: EffectTable<Context>;
  contextOf(run: Run): Context;
  readonly journal: Pick<Journal, 'count'>;
  deliver(event: Event): void;
  fail(error: unknown): void;
}): Executor {
  const { effects, contextOf, journal, deliver, fail } = parts;
  const running = new Map<string, AbortController>();
  const stopped = new AbortController();

  const start = (effect: Effect): void => {
    const handler = effects[effect.type]?.run as Handler<Effect, Context> | undefined;
    if (handler === undefined) return fail(new Error(`no feature declares ${effect.type}`));
    const key = keyOf(effects, effect);
    // An effect without a key cannot be cancelled; it ends with the agent.
    const controller = key === undefined ? stopped : new AbortController();
    const { signal } = controller;
    if (key !== undefined) {
      running.get(key)?.abort();
      running.set(key, controller);
    }
    const isCurrent = () => key === undefined || running.get(key) === controller;
    const emit = (event: Event): void =>
      isCurrent() ? deliver(event) : journal.count('stale-outcome');
    const failUnlessAborted = (error: unknown): void => {
      if (!signal.aborted) fail(error);
    };
    let outcome: ReturnType<typeof handler>;
    try {
      outcome = handler(effect, contextOf({ signal, emit }));
    } catch (error) {
      return failUnlessAborted(error);
    }
    if (!(outcome instanceof Promise)) return;
    outcome.then((event) => {
      const wasCurrent = isCurrent();
      if (wasCurrent && key !== undefined) running.delete(key);
      if (event === undefined) return;
      if (wasCurrent) deliver(event);
      else journal.count('stale-outcome');
    }, failUnlessAborted);
  };

  return {
    start,
    cancel(key) {
      running.get(key)?.abort();
      running.delete(key);
    },
    stop() {
      stopped.abort();
      for (const controller of running.values()) controller.abort();
    },
  };
}
