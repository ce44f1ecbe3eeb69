import type { Journal, Time } from './ports.ts';

/** Timers by key. Setting a key again replaces its timer; a late callback of the older one is stale and counted. */
export class Timers {
  readonly #time: Pick<Time, 'after'>;
  readonly #journal: Pick<Journal, 'count'>;
  readonly #cancels = new Map<string, () => void>();
  #isStopped = false;

  constructor(time: Pick<Time, 'after'>, journal: Pick<Journal, 'count'>) {
    this.#time = time;
    this.#journal = journal;
  }

  has(key: string): boolean {
    return this.#cancels.has(key);
  }

  set(key: string, ms: number, action: () => void): void {
    this.clear(key);
    if (this.#isStopped) return;
    const cancel = this.#time.after(ms, () => {
      if (this.#cancels.get(key) !== cancel) return this.#journal.count('stale-timer');
      this.#cancels.delete(key);
      action();
    });
    this.#cancels.set(key, cancel);
  }

  clear(key: string): void {
    this.#cancels.get(key)?.();
    this.#cancels.delete(key);
  }

  /** Clears all timers and sets no more. */
  stop(): void {
    this.#isStopped = true;
    for (const key of [...this.#cancels.keys()]) this.clear(key);
  }
}
