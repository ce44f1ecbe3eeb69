import type { IClientOptions } from 'mqtt';

/** The keep-alive timers of one client of MQTT.js. */
export interface ClientTimers {
  readonly variant: NonNullable<IClientOptions['timerVariant']>;
  /** Ends them all, and those that the library sets later: none keeps the process alive. */
  stop(): void;
}

export function createClientTimers(): ClientTimers {
  const running = new Map<number, NodeJS.Timeout>();
  let isStopped = false;
  let lastId = 0;
  return {
    variant: {
      set(callback, ms) {
        lastId += 1;
        if (!isStopped)
          running.set(
            lastId,
            setInterval(() => callback(), ms),
          );
        return lastId;
      },
      clear(id) {
        clearInterval(running.get(id));
        running.delete(id);
      },
    },
    stop() {
      isStopped = true;
      for (const timer of running.values()) clearInterval(timer);
      running.clear();
    },
  };
}
