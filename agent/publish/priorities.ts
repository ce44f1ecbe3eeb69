/**
 * What may wait, and for whom: `must` has an answer of its own and is asked for again (reports, outcomes, requests);
 * of `progress` and `telemetry` only the newest is worth sending.
 */
export const laneNames = ['must', 'progress', 'telemetry'] as const;
export type Lane = (typeof laneNames)[number];

export interface Outgoing {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly lane: Lane;
  /** Which message this is, however often it is sent. */
  readonly about: string;
}

/** What waits at most in a lane. All of `must` is sent again by who wants it answered, so that losing it costs time only. */
const waitingMax = 64;

/**
 * Messages that wait for the budget or for the socket while the link is up, by priority. The robot's only queue of messages: what is durable
 * lies with its machine, and nothing waits here while the link is down.
 */
export class Lanes {
  readonly #lanes: Record<Lane, Outgoing[]> = { must: [], progress: [], telemetry: [] };

  /** `coalesced`: an older one of the same topic is gone for this one; `dropped`: there is no room for it. */
  push(message: Outgoing): 'kept' | 'coalesced' | 'dropped' {
    const lane = this.#lanes[message.lane];
    const older =
      message.lane === 'must' ? -1 : lane.findIndex(({ topic }) => topic === message.topic);
    if (older >= 0) {
      lane[older] = message;
      return 'coalesced';
    }
    if (lane.length >= waitingMax) return 'dropped';
    lane.push(message);
    return 'kept';
  }

  first(lane: Lane): Outgoing | undefined {
    return this.#lanes[lane][0];
  }

  /** Takes away what `first` has answered. */
  remove({ lane }: Outgoing): void {
    this.#lanes[lane].shift();
  }

  /** Empties all lanes; answers how many waited. */
  clear(): number {
    const waited = this.waiting;
    for (const lane of laneNames) this.#lanes[lane].length = 0;
    return waited;
  }

  get waiting(): number {
    return laneNames.reduce((sum, lane) => sum + this.#lanes[lane].length, 0);
  }
}
