import type { Clock } from '../../../base/clock.ts';

interface Due {
  readonly atMs: number;
  readonly order: number;
  action: (() => void) | undefined;
}

/** The number of actions per turn of Node's event loop: a turn costs more than an action. */
const batch = 64;

/**
 * True time. It advances only on request. Actions due at the same moment run in the order in which they were scheduled.
 * After each action, all promises that it has resolved run first: Node runs them between two immediates. So the same
 * scenario always gives the same run.
 */
export class VirtualClock {
  /** Ms since the world started. */
  nowMs = 0;
  #orders = 0;
  readonly #heap: Due[] = [];
  #held = 0;
  /** True once nothing more may run. */
  isStopped = false;

  /** Whole milliseconds: a delay too short to be added to the time would never end. */
  after(ms: number, action: () => void): () => void {
    const atMs = this.nowMs + Math.max(0, Math.ceil(ms));
    const due: Due = { atMs, order: this.#orders++, action };
    push(this.#heap, due);
    return () => {
      due.action = undefined;
    };
  }

  /** Stops time until real work (a signature made in another thread) is done: the run must not depend on its speed. */
  hold<T>(work: Promise<T>): Promise<T> {
    this.#held++;
    return work.finally(() => this.#held--);
  }

  /** Runs until `endMs`, or until it is stopped. Rejects with what an action throws. */
  runUntil(endMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const step = () => {
        if (isOver || this.#held > 0) return;
        try {
          if (!this.isStopped && this.#next(endMs)) return;
          if (!this.isStopped) this.nowMs = Math.max(this.nowMs, endMs);
          isOver = true;
          resolve();
        } catch (error) {
          isOver = true;
          reject(error);
        }
      };
      const pump = () => {
        if (isOver) return;
        for (let i = 0; i < batch; i++) setImmediate(step);
        setImmediate(pump);
      };
      pump();
    });
  }

  /** Runs the next due action; false when none is due before `endMs`. */
  #next(endMs: number): boolean {
    for (let due = this.#heap[0]; due !== undefined && due.atMs <= endMs; due = this.#heap[0]) {
      pop(this.#heap);
      if (due.action === undefined) continue;
      this.nowMs = due.atMs;
      due.action();
      return true;
    }
    return false;
  }
}

/** A machine's own clocks: a wall clock that may be wrong, and a monotonic one that starts at its last power-on. */
export class BoardClock implements Clock {
  readonly #time: VirtualClock;
  readonly #startMs: number;
  /** How far the wall clock is ahead of true time. */
  aheadMs = 0;
  #onMs = 0;

  constructor(time: VirtualClock, startMs: number) {
    this.#time = time;
    this.#startMs = startMs;
  }

  wallMs(): number {
    return this.#startMs + this.#time.nowMs + this.aheadMs;
  }

  monoMs(): number {
    return this.#time.nowMs - this.#onMs;
  }

  after(ms: number, action: () => void): () => void {
    return this.#time.after(ms, action);
  }

  powerOn(): void {
    this.#onMs = this.#time.nowMs;
  }
}

const isBefore = (a: Due, b: Due): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** A binary heap, the earliest first. */
function push(heap: Due[], due: Due): void {
  let at = heap.length;
  heap.push(due);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as Due;
    if (!isBefore(due, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = due;
}

function pop(heap: Due[]): void {
  const last = heap.pop() as Due;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Due, heap[child] as Due)) child++;
    if (!isBefore(heap[child] as Due, last)) break;
    heap[at] = heap[child] as Due;
    at = child;
  }
  heap[at] = last;
}
