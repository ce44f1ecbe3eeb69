import type { Observation } from '../../../agent/events.ts';
import type { Link, LinkHandlers } from '../../../agent/ports.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Cloud } from '../../../cloud-stub/cloud.ts';
import type { Outbound } from '../../../cloud-stub/ports.ts';

/** Chances of one message, each in [0, 1]. */
export interface NetworkFaults {
  readonly drop: number;
  readonly repeat: number;
  /** Longest time on the way; messages overtake one another within it. */
  readonly delayMsMax: number;
  /** Share of connection attempts that fail. */
  readonly refuse: number;
}

export const calm: NetworkFaults = { drop: 0, repeat: 0, delayMsMax: 20, refuse: 0 };

interface Connection {
  readonly handlers: LinkHandlers;
  readonly end: (observation: Observation) => void;
}

/** QoS 0 between one robot and its cloud, without sockets. */
export class Network {
  faults: NetworkFaults = calm;
  readonly counts = { up: 0, down: 0, dropped: 0, repeated: 0, connects: 0, cuts: 0, notTaken: 0 };
  readonly #robot: string;
  readonly #cloud: Cloud;
  readonly #clock: Clock;
  readonly #draw: () => number;
  #connection: Connection | undefined;

  constructor(parts: { robot: string; cloud: Cloud; clock: Clock; draw: () => number }) {
    this.#robot = parts.robot;
    this.#cloud = parts.cloud;
    this.#clock = parts.clock;
    this.#draw = parts.draw;
  }

  /** Ends the connection, as a pulled cable that both sides notice. */
  cut(): void {
    if (this.#connection === undefined) return;
    this.counts.cuts++;
    this.#close({ kind: 'lost', code: 'closed', detail: 'cut' });
  }

  /** What the cloud wants to send, whenever it wants to. */
  down(outbound: readonly Outbound[]): void {
    for (const { topic, payload, robot } of outbound) {
      if (robot !== this.#robot || !heard(topic)) continue;
      this.counts.down++;
      const meant = this.#connection;
      this.#carry(() => {
        if (meant !== undefined && meant === this.#connection)
          meant.handlers.message(topic, payload);
      });
    }
  }

  /** The link of one life of the agent. */
  link(): Link {
    let own: Connection | undefined;
    return {
      run: (_pair, handlers, signal) =>
        new Promise((resolve) => {
          const end = (observation: Observation) => resolve(observation);
          signal.addEventListener('abort', () => {
            if (own !== undefined && own === this.#connection) this.#close(gone);
            resolve(gone);
          });
          this.#clock.after(50, () => {
            if (signal.aborted) return;
            if (this.#draw() < this.faults.refuse) {
              return resolve({ kind: 'unreachable', code: 'ECONNREFUSED', detail: 'refused' });
            }
            this.#close({ kind: 'lost', code: 'closed', detail: 'taken over' });
            own = { handlers, end };
            this.#connection = own;
            this.counts.connects++;
            handlers.up();
            const info = { certificateId: 'a'.repeat(64) };
            this.down(this.#cloud.connected(this.#robot, info, this.#clock.wallMs()));
          });
        }),
      close: () => {
        if (own !== undefined && own === this.#connection) {
          this.#close({ kind: 'closed', code: 'asked', detail: 'ended by this robot' });
        }
      },
      subscribe: async () => {},
      publish: (topic, payload) => {
        if (own === undefined || own !== this.#connection) {
          this.counts.notTaken++;
          return false;
        }
        this.counts.up++;
        this.#carry(() => {
          const message = { robot: this.#robot, topic, payload };
          this.down(this.#cloud.receive(message, this.#clock.wallMs()));
        });
        return true;
      },
    };
  }

  #close(observation: Observation): void {
    const ended = this.#connection;
    if (ended === undefined) return;
    this.#connection = undefined;
    this.#cloud.disconnected(this.#robot, { reason: 'CONNECTION_LOST' }, this.#clock.wallMs());
    ended.end(observation);
  }

  #carry(arrive: () => void): void {
    if (this.#draw() < this.faults.drop) {
      this.counts.dropped++;
      return;
    }
    const times = this.#draw() < this.faults.repeat ? 2 : 1;
    if (times === 2) this.counts.repeated++;
    for (let i = 0; i < times; i++)
      this.#clock.after(this.#draw() * this.faults.delayMsMax, arrive);
  }
}

const gone: Observation = { kind: 'lost', code: 'closed', detail: 'the agent went' };

/** The robot's subscriptions: its downlink and the shadow's answers. */
const heard = (topic: string): boolean =>
  topic.startsWith('robots/') || topic.startsWith('$aws/things/');
