import { type Capability, unansweredMax } from './limits.ts';

const holdMsMin = 10 * 60_000;
const holdMsMax = 24 * 3_600_000;

/** A request whose deadline is over and that the board may still hold. */
interface Expired {
  readonly untilMs: number;
  /** Lets the adapter stop waiting, too. */
  readonly abort: () => void;
}

interface Queue {
  readonly running: Set<object>;
  expired: Map<object, Expired>;
  /** Expired requests since the board's last answer. */
  timeouts: number;
}

/**
 * Counts the unanswered calls to a board, by capability. A request whose deadline is over may still be in the driver's
 * queue. It keeps its place until a late answer comes, or for ten minutes; the time grows as long as the board does not
 * respond. So few requests are queued at an unresponsive board, and a board that has lost them is called again.
 */
export class Places {
  readonly #queues = new Map<Capability, Queue>();

  /** A free place, or `undefined`. */
  take(capability: Capability, nowMs: number): object | undefined {
    const queue = this.#queue(capability);
    for (const [place, { untilMs, abort }] of queue.expired) {
      if (untilMs > nowMs) continue;
      queue.expired.delete(place);
      abort();
    }
    if (queue.running.size + queue.expired.size >= unansweredMax[capability]) return undefined;
    const place = {};
    queue.running.add(place);
    return place;
  }

  answered(capability: Capability, place: object): void {
    const queue = this.#queue(capability);
    const isKnown = queue.running.delete(place) || queue.expired.delete(place);
    if (isKnown) queue.timeouts = 0;
  }

  giveUp(capability: Capability, place: object, nowMs: number, abort: () => void): void {
    const queue = this.#queue(capability);
    if (!queue.running.delete(place)) return;
    const rounds = Math.floor(queue.timeouts / unansweredMax[capability]);
    queue.timeouts += 1;
    const untilMs = nowMs + Math.min(holdMsMax, holdMsMin * 4 ** Math.min(rounds, 10));
    queue.expired.set(place, { untilMs, abort });
  }

  view(): Readonly<Record<string, number>> {
    const counts = [...this.#queues].map(([name, { running, expired }]) => {
      return [name, running.size + expired.size] as const;
    });
    return Object.fromEntries(counts.filter(([, n]) => n > 0));
  }

  #queue(capability: Capability): Queue {
    const known = this.#queues.get(capability);
    if (known !== undefined) return known;
    const queue = { running: new Set<object>(), expired: new Map<object, Expired>(), timeouts: 0 };
    this.#queues.set(capability, queue);
    return queue;
  }
}
