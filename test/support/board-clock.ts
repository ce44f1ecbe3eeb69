import type { Clock } from '../../base/clock.ts';

/** A clock that stands still until it is moved. */
export interface BoardClock extends Clock {
  /** Advances the time and runs the timers that fall due, in order, with promises settled in between. */
  pass(ms: number): Promise<void>;
}

export function boardClock(startMs = 1_800_000_000_000): BoardClock {
  let nowMs = 0;
  let due: { atMs: number; action: () => void }[] = [];
  return {
    wallMs: () => startMs + nowMs,
    monoMs: () => nowMs,
    after(ms, action) {
      const entry = { atMs: nowMs + ms, action };
      due.push(entry);
      return () => {
        due = due.filter((other) => other !== entry);
      };
    },
    async pass(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        await settled();
        const next = due.toSorted((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined || next.atMs > endMs) break;
        due = due.filter((entry) => entry !== next);
        nowMs = Math.max(nowMs, next.atMs);
        next.action();
      }
      nowMs = endMs;
    },
  };
}

/** Lets every promise that can go on do so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
