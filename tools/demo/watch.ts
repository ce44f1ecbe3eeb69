import { delay, systemClock } from '../../base/clock.ts';
import { PilotfishError } from '../../base/errors.ts';

export interface ResponseTimeout {
  /** What is waited for, as the end of "expected ...". */
  readonly expected: string;
  readonly timeoutS: number;
  readonly signal: AbortSignal;
  readonly everyMs?: number;
}

/**
 * Polls until the result is not undefined. Throws `demo-waited` with what was expected when the time is over, or the
 * signal's reason.
 */
export async function until<T>(
  { expected, timeoutS, signal, everyMs = 150 }: ResponseTimeout,
  poll: () => Promise<T | undefined>,
): Promise<T> {
  const endMs = systemClock.monoMs() + timeoutS * 1000;
  for (;;) {
    signal.throwIfAborted();
    const found = await poll();
    if (found !== undefined) return found;
    if (systemClock.monoMs() > endMs) {
      throw new PilotfishError('demo-waited', `expected ${expected}, waited ${timeoutS} s`);
    }
    await delay(systemClock, everyMs, signal);
  }
}

/** The error for a finding that differs from what was expected. */
export const wrong = (expected: string, found: string): PilotfishError =>
  new PilotfishError('demo-wrong', `expected ${expected}, found ${found}`);
