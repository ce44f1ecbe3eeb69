import type { CredentialsName, Observation } from '../../../agent/events.ts';
import type { Link, LinkHandlers } from '../../../agent/ports.ts';
import { PilotfishError } from '../../../base/errors.ts';
import type { DisconnectReason, Outbound } from '../../../cloud-stub/core/messages.ts';
import type { ClientCertificate } from '../../../cloud-stub/services/registry.ts';
import type { CloudSide } from './cloud.ts';
import { Line, type LineParts } from './weather.ts';

const connectingMs = 50;
/** The robot's keep-alive; the broker waits half as long again (MQTT 3.1.1, 3.1.2.10). */
const keepAliveMs = 60_000;

interface Connection {
  readonly id: string;
  readonly certificateId: string;
  /** Undefined for another client that uses the robot's name. */
  readonly robot?: { readonly handlers: LinkHandlers; readonly end: (seen: Observation) => void };
  /** The network between the two is broken, and neither side has noticed. */
  isBroken: boolean;
  /** The robot has received CONNACK. */
  isUp: boolean;
  /** Pings of the robot that the broker has not answered. */
  pings: number;
}

export interface NetworkParts extends LineParts {
  readonly robot: string;
  /** How long a robot waits for CONNACK before it closes the connection. */
  readonly connectMs: number;
  readonly cloud: CloudSide;
  /** The start of the server certificate's validity. */
  readonly serverFromMs: number;
  /** The certificate that a robot presents. */
  readonly presented: (credentials: CredentialsName) => ClientCertificate | null;
  /** The broker has accepted a connection with this certificate. */
  readonly connected: (certificateId: string) => void;
  readonly trace: (who: string, what: string, about?: object) => void;
  /** Called for each attempt to connect, with the time since the previous one in the same boot. */
  readonly attempted: (pauseMs: number) => void;
  /** Called for each message that the robot has sent. */
  readonly published: () => void;
}

/**
 * QoS 0 between one robot and its cloud, without sockets. Each side has its own view of the connection: the robot's is
 * `#here`, the broker's `#there`. After a silent break they differ until the keep-alive or a new connection shows it.
 */
export class Network {
  readonly line: Line;
  /** The broker is down. */
  isDown = false;
  /** The side that answers in place of the cloud, if any. */
  falseCloud: CloudSide | undefined;
  /** The robot's attempts to connect. */
  attempts = 0;
  /** Every certificate with which the broker has ever accepted a connection. */
  readonly admitted = new Set<string>();
  readonly #parts: NetworkParts;
  #triedMs = Number.NEGATIVE_INFINITY;
  #here: Connection | undefined;
  #there: Connection | undefined;
  #sessions = 0;

  constructor(parts: NetworkParts) {
    this.#parts = parts;
    this.line = new Line(parts);
  }

  /** The certificate of the robot's connection, as the broker has it. */
  get connectedBy(): string | undefined {
    return this.#there?.robot && this.#there.certificateId;
  }

  get isUp(): boolean {
    return this.#here !== undefined;
  }

  /** From now on this side answers, or the true cloud again. */
  answerBy(falseCloud: CloudSide | undefined): void {
    this.cut('led elsewhere');
    this.falseCloud = falseCloud;
    this.#traceCloud();
  }

  /** What one of the two clouds sends: only the side that answers now has a connection. */
  downFrom(cloud: CloudSide, outbound: readonly Outbound[]): void {
    if (cloud === this.#cloud) this.#send(outbound);
  }

  get #cloud(): CloudSide {
    return this.falseCloud ?? this.#parts.cloud;
  }

  #traceCloud(): void {
    this.#parts.trace(
      'world',
      this.falseCloud ? 'a false cloud answers' : 'the true cloud answers',
    );
  }

  /** Ends the connection, as a pulled cable that both sides notice. */
  cut(detail = 'cut'): boolean {
    const were = this.#here !== undefined || this.#there !== undefined;
    this.#endThere('CONNECTION_LOST');
    this.#endHere({ kind: 'lost', code: 'closed', detail });
    return were;
  }

  /** Breaks the connection without notice to either side; the keep-alive ends it. */
  breakSilently(): boolean {
    const connection = this.#here;
    if (connection === undefined || connection !== this.#there) return false;
    connection.isBroken = true;
    const { clock } = this.#parts;
    clock.after(keepAliveMs * 1.2, () => {
      const silence = { kind: 'lost', code: 'keepalive', detail: 'no PINGRESP' } as const;
      if (this.#here === connection) this.#endHere(silence);
    });
    clock.after(keepAliveMs * 1.5, () => {
      if (this.#there === connection) this.#endThere('MQTT_KEEP_ALIVE_TIMEOUT');
    });
    return true;
  }

  /** A second client with this name connects; the broker ends the first (MQTT 3.1.1, 3.1.4-2). */
  takeOver(): boolean {
    const robots = this.#there;
    if (robots?.robot === undefined || this.isDown || this.falseCloud) return false;
    const { certificateId } = robots;
    this.#take({ id: this.#newId(), certificateId, isBroken: false, isUp: true, pings: 0 });
    return true;
  }

  /** The second client disconnects. */
  leave(): void {
    if (this.#there?.robot === undefined) this.#endThere('CLIENT_INITIATED_DISCONNECT');
  }

  /** Sends messages of the true cloud. */
  down(outbound: readonly Outbound[]): void {
    this.downFrom(this.#parts.cloud, outbound);
  }

  #send(outbound: readonly Outbound[]): void {
    for (const { topic, payload, robot } of outbound) {
      const meant = this.#there;
      if (robot !== this.#parts.robot || meant?.robot === undefined || !isSubscribed(topic))
        continue;
      const { handlers } = meant.robot;
      if (meant.isBroken) continue;
      this.line.carry(topic, payload, (bytes) => {
        if (meant !== this.#here) return;
        this.#trace('cloud', topic, bytes);
        handlers.message(topic, bytes);
      });
    }
  }

  /** A real board takes longer to boot than the second required between two attempts. */
  booted(): void {
    this.#triedMs = Number.NEGATIVE_INFINITY;
  }

  /** The link of one run of the agent; `isDeaf`: it cannot connect. */
  link(isAlive: () => boolean, isDeaf: boolean): Link {
    let own: Connection | undefined;
    const opened = () => (own !== undefined && own === this.#here ? own : undefined);
    const mine = () => (opened()?.isUp ? own : undefined);
    return {
      run: (credentials, handlers, signal) =>
        new Promise((resolve) => {
          if (!isAlive()) return;
          const { nowMs } = this.#parts.clock;
          this.attempts++;
          this.#parts.attempted(nowMs - this.#triedMs);
          this.#triedMs = nowMs;
          const abort = () => {
            // A process that is killed says no goodbye.
            if (opened()) this.#gone(isAlive() ? 'CLIENT_INITIATED_DISCONNECT' : 'CONNECTION_LOST');
            resolve(goneAway);
          };
          if (signal.aborted) return abort();
          signal.addEventListener('abort', abort);
          this.#parts.clock.after(connectingMs, () => {
            if (signal.aborted || !isAlive()) return;
            const refused = isDeaf ? unreachable : this.#refusal(credentials);
            if (refused !== undefined) return resolve(refused);
            own = this.#connect(credentials, { handlers, end: resolve });
            this.#greet(own);
          });
        }),
      close: () => {
        if (mine()) {
          this.#endThere('CLIENT_INITIATED_DISCONNECT');
          this.#endHere({ kind: 'closed', code: 'requested', detail: 'ended by this robot' });
        }
      },
      subscribe: async () => {
        if (mine()) return;
        throw new PilotfishError('link-down', 'there is no connection to subscribe on');
      },
      probe: () => {
        const connection = mine();
        if (connection !== undefined) this.#ping(connection);
      },
      publish: (topic, payload) => {
        const connection = mine();
        if (connection === undefined || !isAlive()) return false;
        if (this.line.happens('jam')) {
          const { clock, draw } = this.#parts;
          clock.after(draw() * 5000, () => mine()?.robot?.handlers.drained());
          return false;
        }
        this.#parts.published();
        this.#trace('agent', topic, payload);
        if (connection.isBroken) return true;
        this.line.carry(topic, payload, (bytes) => {
          // What the broker has received arrives, whatever happens to the connection.
          this.#send(this.#cloud.receive(topic, bytes));
        });
        return true;
      },
    };
  }

  /** The agent's process ended: the system closes its socket. A power cut closes nothing. */
  agentDied(how: 'process' | 'power'): void {
    if (how === 'process') return this.#gone('CONNECTION_LOST');
    const connection = this.#here;
    this.#here = undefined;
    if (connection === undefined) return;
    this.#parts.clock.after(keepAliveMs * 1.5, () => {
      if (this.#there === connection) this.#endThere('MQTT_KEEP_ALIVE_TIMEOUT');
    });
  }

  /** Ends the broker's connection when it uses this certificate. */
  drop(certificateId: string | undefined): void {
    if (certificateId === undefined || this.connectedBy === certificateId) this.cut('dropped');
  }

  /** The broker responds when it has read everything sent before, which here is longer on the way. */
  #ping(connection: Connection): void {
    if (connection.isBroken) return;
    connection.pings++;
    this.#parts.clock.after(2 * this.line.weather.delayMsMax, () => {
      if (this.#here !== connection || connection.isBroken) return;
      // Only the answer to the newest proves anything.
      if (--connection.pings === 0) connection.robot?.handlers.proved();
    });
  }

  #gone(reason: DisconnectReason): void {
    if (this.#here === this.#there) this.#endThere(reason);
    this.#endHere(goneAway);
  }

  #refusal(credentials: CredentialsName): Observation | undefined {
    const { presented } = this.#parts;
    const cloud = this.#cloud;
    if (this.isDown || this.line.happens('refuse')) return unreachable;
    const certificate = presented(credentials);
    if (certificate === null) {
      return { kind: 'identity', code: 'no-identity', detail: 'no such credentials' };
    }
    const dates = cloud.serverDates();
    if (dates !== undefined) {
      const isEarly = dates === 'CERT_NOT_YET_VALID';
      const seen = { kind: 'tls', code: dates, detail: 'the server is not valid' } as const;
      return isEarly ? { ...seen, serverFromMs: this.#parts.serverFromMs } : seen;
    }
    if (cloud.admits(certificate)) return undefined;
    return { kind: 'closed-early', code: 'closed', detail: 'not admitted' };
  }

  #connect(credentials: CredentialsName, robot: NonNullable<Connection['robot']>): Connection {
    const { presented } = this.#parts;
    const certificateId = presented(credentials)?.certificateId ?? '';
    const connection = {
      id: this.#newId(),
      certificateId,
      robot,
      isBroken: false,
      isUp: false,
      pings: 0,
    };
    this.#endHere(goneAway);
    this.#here = connection;
    if (this.falseCloud !== undefined) return connection;
    this.admitted.add(certificateId);
    this.#parts.connected(certificateId);
    return connection;
  }

  /** The robot receives CONNACK, unless it is lost; it may send from then on. */
  #greet(connection: Connection): void {
    const { clock, connectMs } = this.#parts;
    this.#take(connection);
    if (this.line.happens('mute')) {
      const silence = { kind: 'timeout', code: 'connack', detail: 'no CONNACK' } as const;
      connection.isBroken = true;
      clock.after(connectMs, () => {
        if (this.#here !== connection) return;
        if (this.#there === connection) this.#endThere('CONNECTION_LOST');
        this.#endHere(silence);
      });
    } else {
      connection.isUp = true;
      connection.robot?.handlers.up();
    }
  }

  /** The broker accepts a new connection of this name, and ends the old one. */
  #take(connection: Connection): void {
    const old = this.#there;
    this.#endThere('DUPLICATE_CLIENTID');
    if (old !== undefined && old === this.#here && !old.isBroken) {
      this.#endHere({ kind: 'lost', code: 'closed', detail: 'taken over' });
    }
    this.#there = connection;
    const { id: sessionId, certificateId } = connection;
    this.#parts.trace('network', connection.robot ? 'connected' : 'taken over', { sessionId });
    this.#send(this.#cloud.connected({ certificateId, sessionId }));
  }

  #endThere(reason: DisconnectReason): void {
    const ended = this.#there;
    this.#there = undefined;
    if (ended !== undefined) this.#cloud.disconnected({ reason, sessionId: ended.id });
  }

  #endHere(seen: Observation): void {
    const ended = this.#here;
    this.#here = undefined;
    if (ended === undefined) return;
    this.#parts.trace('network', 'connection ended', { seen: seen.detail });
    ended.robot?.end(seen);
  }

  /** Keys and certificates are truly random, so the trace leaves out everything derived from them. */
  #trace(who: string, topic: string, bytes: Uint8Array): void {
    const isOfCertificates = /^\$aws\/(?:certificates|provisioning)/.test(topic);
    this.#parts.trace(who, topic, isOfCertificates ? undefined : bytes);
  }

  #newId(): string {
    return `session-${++this.#sessions}`;
  }
}

const goneAway: Observation = { kind: 'lost', code: 'closed', detail: 'the agent went' };
const unreachable: Observation = { kind: 'unreachable', code: 'ECONNREFUSED', detail: 'refused' };

/** The robot's subscriptions: its downlink and the responses of the services. */
const isSubscribed = (topic: string): boolean =>
  topic.startsWith('robots/') || topic.startsWith('$aws/');
