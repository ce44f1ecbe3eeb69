/**
 * What may wait, and for whom: `must` has an answer of its own and is asked for again (reports, outcomes, requests);
 * of `progress` and `telemetry` only the newest is worth sending.
 */
export const priorities = ['must', 'progress', 'telemetry'] as const;
export type Priority = (typeof priorities)[number];

export interface Outgoing {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly priority: Priority;
  /** Which message this is, however often it is sent. */
  readonly about: string;
}

/** What waits at most in a lane. All of `must` is sent again by who wants it answered, so that losing it costs time only. */
const waitingMax = 64;

/**
 * Messages that wait for the budget or for the socket while the link is up, by priority. The robot's only queue of messages: what is durable
 * lies with its machine, and nothing waits here while the link is down.
 */
export class PriorityQueues {
  readonly #queues: Record<Priority, Outgoing[]> = { must: [], progress: [], telemetry: [] };

  /** `coalesced`: an older one of the same topic is gone for this one; `dropped`: there is no room for it. */
  push(message: Outgoing): 'kept' | 'coalesced' | 'dropped' {
    const priority = this.#queues[message.priority];
    const older =
      message.priority === 'must' ? -1 : priority.findIndex(({ topic }) => topic === message.topic);
    if (older >= 0) {
      priority[older] = message;
      return 'coalesced';
    }
    if (priority.length >= waitingMax) return 'dropped';
    priority.push(message);
    return 'kept';
  }

  first(priority: Priority): Outgoing | undefined {
    return this.#queues[priority][0];
  }

  /** Takes away what `first` has answered. */
  remove({ priority }: Outgoing): void {
    this.#queues[priority].shift();
  }

  /** Empties all lanes; answers how many waited. */
  clear(): number {
    const waited = this.waiting;
    for (const priority of priorities) this.#queues[priority].length = 0;
    return waited;
  }

  get waiting(): number {
    return priorities.reduce((sum, priority) => sum + this.#queues[priority].length, 0);
  }
}
