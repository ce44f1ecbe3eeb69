/**
 * Priorities. `must` (reports, outcomes, requests) has an answer of its own and is retried by its machine; of
 * `progress` and `telemetry` only the newest value is worth sending.
 */
export const priorities = ['must', 'progress', 'telemetry'] as const;
export type Priority = (typeof priorities)[number];

export interface Outgoing {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly priority: Priority;
  /** Identifies the message across repeated sends. */
  readonly about: string;
}

/** Bounds of each priority. Machines resend everything in `must`, so a drop costs only time. */
const waitingMax = 64;

/**
 * Messages that wait for the token bucket or the socket while the link is up, by priority. It is the robot's only
 * message queue: durable data stays with its machine, and nothing is queued while the link is down.
 */
export class PriorityQueues {
  readonly #queues: Record<Priority, Outgoing[]> = { must: [], progress: [], telemetry: [] };

  /** `coalesced`: replaced an older message of the same topic; `dropped`: no room. */
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

  /** Removes the message that `first` returned. */
  remove({ priority }: Outgoing): void {
    this.#queues[priority].shift();
  }

  /** Empties all queues and returns how many messages waited. */
  clear(): number {
    const waited = this.waiting;
    for (const priority of priorities) this.#queues[priority].length = 0;
    return waited;
  }

  get waiting(): number {
    return priorities.reduce((sum, priority) => sum + this.#queues[priority].length, 0);
  }
}
