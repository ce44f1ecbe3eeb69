import { readFile } from 'node:fs/promises';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { Ready } from '../../cloud-stub/running.ts';
import type { Identity } from './cloud-pki.ts';
import { until } from './cloud-until.ts';

/** How one attempt to connect ended: `closed` is without a CONNACK. */
export type Attempt = 'connected' | 'closed' | `refused ${number}`;

/** A robot's MQTT connection, by a client that is not ours. It never reconnects by itself. */
export interface RobotClient extends AsyncDisposable {
  readonly attempt: Attempt;
  readonly messages: readonly (readonly [topic: string, body: unknown])[];
  readonly closed: boolean;
  /** Publishes at QoS 1 whose PUBACK has not come. */
  readonly unacknowledged: number;
  /** Answers the granted QoS of each filter; 128 is a refusal. */
  subscribe(...filters: string[]): Promise<number[]>;
  subscribeAt(qos: 0 | 1 | 2, ...filters: string[]): Promise<number[]>;
  publish(topic: string, body: unknown, options?: { qos?: 0 | 1 | 2; retain?: boolean }): void;
  /** The first message of `topic`, waiting for it. */
  next(topic: string): Promise<unknown>;
  untilClosed(): Promise<void>;
}

export async function connectRobot(
  ready: Ready,
  { cert, key, name }: Identity,
  options: IClientOptions = {},
): Promise<RobotClient> {
  const client = connect({
    protocol: 'mqtts',
    host: ready.mqtt.host,
    port: ready.mqtt.port,
    ca: await readFile(ready.serverCa),
    ...(cert === '' ? {} : { cert, key }),
    clientId: name,
    protocolVersion: 4,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
    ...options,
  });
  const messages: [string, unknown][] = [];
  client.on('message', (topic, payload) => messages.push([topic, readPayload(payload)]));
  let closed = false;
  client.on('close', () => {
    closed = true;
  });
  const attempt = await firstOutcome(client);
  const untilClosed = () => until(() => closed);
  const subscribeAt: RobotClient['subscribeAt'] = (qos, ...filters) =>
    new Promise((resolve) => {
      // A refused filter is a rejection of this client; what matters here is the granted QoS.
      client.subscribe(filters, { qos }, (_error, _granted, packet) =>
        resolve((packet?.granted ?? []).map(Number)),
      );
    });
  return {
    attempt,
    messages,
    get closed() {
      return closed;
    },
    get unacknowledged() {
      return Object.keys(client.outgoing).length;
    },
    subscribe: (...filters) => subscribeAt(0, ...filters),
    subscribeAt,
    publish(topic, body, { qos = 0, retain = false } = {}) {
      const payload =
        typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      client.publish(topic, payload, { qos, retain }, () => {});
    },
    async next(topic) {
      await until(() => messages.some(([seen]) => seen === topic));
      return messages.find(([seen]) => seen === topic)?.[1];
    },
    untilClosed,
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
    },
  };
}

function firstOutcome(client: MqttClient): Promise<Attempt> {
  return new Promise((resolve) => {
    client.on('connect', () => resolve('connected'));
    client.on('error', (error) => {
      const { code } = error as { code?: unknown };
      if (typeof code === 'number') resolve(`refused ${code}`);
    });
    client.on('close', () => resolve('closed'));
  });
}

function readPayload(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return payload.toString('utf8');
  }
}
