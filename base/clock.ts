/** The time source of everything outside the pure machines, injectable for tests. */
export interface Clock {
  /** Milliseconds since 1970 by the wall clock; may jump. */
  wallMs(): number;
  /** Milliseconds since some fixed moment, the same for all processes of a boot; never jumps, never goes back. */
  monoMs(): number;
  /** Calls `action` once after `ms`; the returned function cancels it. */
  after(ms: number, action: () => void): () => void;
}

/** Node fires a longer timer (24.8 days) at once, so a longer wait needs several. */
const timerMsMax = 2 ** 31 - 1;

/** The machine's own clock. A pending `after` keeps the process alive. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  // CLOCK_MONOTONIC of Linux; `performance.now` would start at zero in each process.
  monoMs: () => Number(process.hrtime.bigint()) / 1e6,
  after(ms, action) {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      timer =
        leftMs > timerMsMax
          ? setTimeout(() => wait(leftMs - timerMsMax), timerMsMax)
          : setTimeout(action, leftMs);
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms` of `clock`, or rejects with the signal's reason. */
export function delay(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    const abort = () => {
      cancel();
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
}
