import type { Clock } from '../../../base/clock.ts';

interface Due {
  readonly atMs: number;
  readonly order: number;
  action: (() => void) | undefined;
}

/**
 * A clock that moves only when it is told to. Actions due at the same moment run in the order they were asked for, and
 * after each one everything that it set off without waiting (promises) is finished first: a seed always gives the same
 * run.
 */
export class VirtualClock implements Clock {
  readonly #startMs: number;
  #nowMs = 0;
  #orders = 0;
  #due: Due[] = [];

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  wallMs(): number {
    return this.#startMs + this.#nowMs;
  }

  monoMs(): number {
    return this.#nowMs;
  }

  after(ms: number, action: () => void): () => void {
    const due: Due = { atMs: this.#nowMs + Math.max(0, ms), order: this.#orders++, action };
    const place = this.#due.findIndex(({ atMs }) => atMs > due.atMs);
    this.#due.splice(place < 0 ? this.#due.length : place, 0, due);
    return () => {
      due.action = undefined;
    };
  }

  /** Lives through `ms`. */
  async run(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settled();
    for (let next = this.#due[0]; next !== undefined && next.atMs <= endMs; next = this.#due[0]) {
      this.#due.shift();
      this.#nowMs = next.atMs;
      if (next.action === undefined) continue;
      next.action();
      await settled();
    }
    this.#nowMs = endMs;
  }
}

/** When all promises that can go on have gone on. Node runs every one of them before the next immediate. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
