import type { Observation, Pair } from '../../../agent/events.ts';
import type { Link, LinkHandlers } from '../../../agent/ports.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Cloud } from '../../../cloud-stub/cloud.ts';
import type { Outbound } from '../../../cloud-stub/ports.ts';
import type { RenewalCa } from '../../../cloud-stub/renewal-ca.ts';
import type { ClientCertificate } from '../../../cloud-stub/services/registry.ts';

/** Chances of one message, each in [0, 1]. */
export interface NetworkFaults {
  readonly drop: number;
  readonly repeat: number;
  /** Longest time on the way; messages overtake one another within it. */
  readonly delayMsMax: number;
  /** Share of connection attempts that fail. */
  readonly refuse: number;
  /** Share of connections that the broker takes and the robot never hears of. */
  readonly mute: number;
}

export const calm: NetworkFaults = { drop: 0, repeat: 0, delayMsMax: 20, refuse: 0, mute: 0 };

/** Until a robot that hears no CONNACK goes. */
const connectMs = 30_000;

/** What a connection shows of its robot: the certificates of its pairs, and the CA that made them. */
export type Presented = (pair: Pair) => ClientCertificate | null;

interface Connection {
  readonly certificateId: string;
  readonly handlers: LinkHandlers;
  readonly end: (observation: Observation) => void;
}

/** QoS 0 between one robot and its cloud, without sockets. */
export class Network {
  faults: NetworkFaults = calm;
  readonly counts = {
    up: 0,
    down: 0,
    dropped: 0,
    repeated: 0,
    connects: 0,
    cuts: 0,
    notTaken: 0,
    refused: 0,
    muted: 0,
  };
  readonly #robot: string;
  readonly #cloud: Cloud;
  readonly #clock: Clock;
  readonly #draw: () => number;
  readonly #presented: Presented;
  readonly #renewal: RenewalCa | undefined;
  /** Every certificate by which the broker has ever taken a connection. */
  readonly admitted = new Set<string>();
  #connection: Connection | undefined;

  constructor(parts: {
    robot: string;
    cloud: Cloud;
    clock: Clock;
    draw: () => number;
    presented: Presented;
    renewal?: RenewalCa | undefined;
  }) {
    this.#robot = parts.robot;
    this.#cloud = parts.cloud;
    this.#clock = parts.clock;
    this.#draw = parts.draw;
    this.#presented = parts.presented;
    this.#renewal = parts.renewal;
  }

  /** The certificate by which the robot is connected. */
  get connectedBy(): string | undefined {
    return this.#connection?.certificateId;
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
      run: (pair, handlers, signal) =>
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
            const certificate = this.#presented(pair);
            if (certificate === null) {
              return resolve({ kind: 'identity', code: 'no-identity', detail: 'no such pair' });
            }
            if (!this.#cloud.admit(certificate, this.#clock.wallMs()).admitted) {
              this.counts.refused++;
              return resolve({ kind: 'closed-early', code: 'closed', detail: 'not admitted' });
            }
            this.#close({ kind: 'lost', code: 'closed', detail: 'taken over' });
            const { certificateId } = certificate;
            this.admitted.add(certificateId);
            const mine = { handlers, end, certificateId };
            this.#connection = own = mine;
            this.counts.connects++;
            if (this.faults.mute > 0 && this.#draw() < this.faults.mute) {
              this.counts.muted++;
              const silence = { kind: 'timeout', code: 'connack', detail: 'no CONNACK' } as const;
              this.#clock.after(connectMs, () => {
                if (this.#connection === mine) this.#close(silence);
              });
            } else {
              handlers.up();
            }
            this.down(this.#cloud.connected(this.#robot, { certificateId }, this.#clock.wallMs()));
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
          this.doTasks();
        });
        return true;
      },
    };
  }

  /** Signs and drops what the cloud has left to do; signing takes its time. */
  doTasks(): void {
    for (const task of this.#cloud.takeTasks()) {
      if (task.kind === 'drop') {
        if (this.connectedBy === task.certificateId) this.cut();
        continue;
      }
      this.#clock.after(this.#draw() * this.faults.delayMsMax, () => {
        void this.#renewal?.sign(task, this.#clock.wallMs()).then((pem) => {
          this.down(this.#cloud.signed(task, pem, this.#clock.wallMs()));
        });
      });
    }
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

/** The robot's subscriptions: its downlink and the answers of the shadow and of provisioning. */
const heard = (topic: string): boolean => topic.startsWith('robots/') || topic.startsWith('$aws/');
