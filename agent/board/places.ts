import { type Capability, unansweredMax } from './limits.ts';

const holdMsMin = 10 * 60_000;
const holdMsMax = 24 * 3_600_000;

/** A request that the agent waits for no longer, and that may still lie with the board. */
interface Held {
  readonly untilMs: number;
  /** Tells the adapter that it need not wait either. */
  readonly abort: () => void;
}

interface Queue {
  readonly running: Set<object>;
  held: Map<object, Held>;
  /** Requests given up since the board's last answer. */
  timeouts: number;
}

/**
 * The places for calls that a board has not answered, by capability. A request that the agent has given up may still lie
 * in the driver's queue: it keeps its place until a late answer comes, or for ten minutes, and longer the longer the
 * silence lasts. So the requests that lie with a silent board stay few, and one that has lost them is asked again.
 */
export class Places {
  readonly #lanes = new Map<Capability, Queue>();

  /** The place, or `undefined` when there is none. */
  take(capability: Capability, nowMs: number): object | undefined {
    const queue = this.#queue(capability);
    for (const [place, { untilMs, abort }] of queue.held) {
      if (untilMs > nowMs) continue;
      queue.held.delete(place);
      abort();
    }
    if (queue.running.size + queue.held.size >= unansweredMax[capability]) return undefined;
    const place = {};
    queue.running.add(place);
    return place;
  }

  answered(capability: Capability, place: object): void {
    const queue = this.#queue(capability);
    const isKnown = queue.running.delete(place) || queue.held.delete(place);
    if (isKnown) queue.timeouts = 0;
  }

  giveUp(capability: Capability, place: object, nowMs: number, abort: () => void): void {
    const queue = this.#queue(capability);
    if (!queue.running.delete(place)) return;
    const rounds = Math.floor(queue.timeouts / unansweredMax[capability]);
    queue.timeouts += 1;
    const untilMs = nowMs + Math.min(holdMsMax, holdMsMin * 4 ** Math.min(rounds, 10));
    queue.held.set(place, { untilMs, abort });
  }

  view(): Readonly<Record<string, number>> {
    const counts = [...this.#lanes].map(([name, { running, held }]) => {
      return [name, running.size + held.size] as const;
    });
    return Object.fromEntries(counts.filter(([, n]) => n > 0));
  }

  #queue(capability: Capability): Queue {
    const known = this.#lanes.get(capability);
    if (known !== undefined) return known;
    const queue = { running: new Set<object>(), held: new Map<object, Held>(), timeouts: 0 };
    this.#lanes.set(capability, queue);
    return queue;
  }
}
