import { type Clock, delay } from '../base/clock.ts';
import { codeOf, explain } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Cloud } from './cloud.ts';
import type { Outbound } from './core/messages.ts';

/** Lets the cloud do what is due: some things twice a second, confirmations as soon as their window is over. */
export interface Ticking {
  /** The cloud for transports to use: the messages that they bring in may open a window. */
  readonly cloud: Cloud;
  /**
   * Starts. The returned function stops it with a last tick. Confirmations that still wait are dropped, as in a crash.
   */
  start(send: (outbound: readonly Outbound[]) => void): () => void;
}

const tickMs = 500;

export function createTicking(parts: { cloud: Cloud; clock: Clock; log: Log }): Ticking {
  const { cloud, clock, log } = parts;
  const stop = new AbortController();
  let send: ((outbound: readonly Outbound[]) => void) | undefined;
  let isArmed = false;

  const tick = () => {
    try {
      send?.(cloud.tick(clock.wallMs()));
    } catch (error) {
      log.error({ code: codeOf(error) }, `tick failed: ${explain(error)}`);
    }
  };
  const run = async () => {
    for (;;) {
      await delay(clock, tickMs, stop.signal);
      tick();
    }
  };
  /** One timer, and only while something waits. */
  const arm = () => {
    const dueMs = cloud.confirmDueMs();
    if (isArmed || dueMs === undefined || send === undefined) return;
    isArmed = true;
    const inMs = Math.min(tickMs, Math.max(0, dueMs - clock.wallMs()));
    delay(clock, inMs, stop.signal).then(
      () => {
        isArmed = false;
        send?.(cloud.confirmDue(clock.wallMs()));
        arm();
      },
      () => {},
    );
  };
  return {
    cloud: {
      ...cloud,
      receive(message, nowMs) {
        const outbound = cloud.receive(message, nowMs);
        arm();
        return outbound;
      },
    },
    start(to) {
      send = to;
      run().catch(() => {});
      return () => {
        stop.abort();
        tick();
      };
    },
  };
}
