import type { Clock } from '../../../base/clock.ts';

/** Resolves when `signal` is aborted; never when `over` is aborted before, and then it holds no listener any more. */
export function untilAborted(signal: AbortSignal, over?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else {
      const options = over ? { once: true, signal: over } : { once: true };
      signal.addEventListener('abort', () => resolve(), options);
    }
  });
}

/** Resolves when `lastMs()` is more than `limitMs` ago by the clock; never once `over` is aborted. */
export function watchSilence(
  { clock, limitMs, lastMs }: { clock: Clock; limitMs: number; lastMs: () => number },
  over: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    let cancel = () => {};
    const fireOrWait = () => {
      const leftMs = lastMs() + limitMs - clock.monoMs();
      if (leftMs <= 0) resolve();
      else cancel = clock.after(leftMs, fireOrWait);
    };
    over.addEventListener('abort', () => cancel(), { once: true });
    fireOrWait();
  });
}

/** The promise, or the signal's reason when that comes first; the promise's later outcome is ignored. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
      .catch(() => {});
  });
}
