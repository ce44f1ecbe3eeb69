import { PassThrough } from 'node:stream';
import { connect, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { MqttClient } from 'mqtt';
import type { Clock } from '../../base/clock.ts';
import { explain, PilotfishError } from '../../base/errors.ts';
import { limits } from '../../protocol/limits.ts';
import type { Observation, Pair } from '../events.ts';
import type { Link, LinkHandlers } from '../ports.ts';
import { firstStage, ofClose, ofError, ofPair, ofTimeout, type Seen } from './observe.ts';

export interface LinkOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly keepAliveS: number;
  readonly connectMs: number;
  readonly subscriptions: readonly string[];
  readonly clock: Clock;
  /** CA, certificate and key; read anew for each attempt. Rejects when there is no usable pair. */
  credentials(pair: Pair): Promise<SecureContextOptions>;
}

/** One packet with topic and header, and what the socket reads ahead. */
const unreadBytesMax = limits.messageBytesMax + 128 * 1024;

/** How long the broker has to close after our goodbye. */
const goodbyeMs = 2000;

/** Beyond this many bytes waiting in the socket, a message is refused rather than queued. */
const backlogBytesMax = 256 * 1024;

/**
 * The connection over MQTT.js, one client object per attempt: it never reconnects by itself, never queues, and never
 * has more than one subscription round. A mismatched pair or a bad CA is an observation, not a throw.
 */
export function createLink(options: LinkOptions): Link {
  let up: { client: MqttClient; seen: Seen } | undefined;
  return {
    async run(pair, handlers, signal) {
      const attempt = await begin(options, pair);
      if ('observation' in attempt) return attempt.observation;
      const { client, seen } = attempt;
      const goodbye = new AbortController();
      const abort = () => sayGoodbye(options.clock, client, goodbye.signal);
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      try {
        return await live(options, client, seen, {
          up() {
            up = { client, seen };
            handlers.up();
          },
          message: handlers.message,
        });
      } finally {
        signal.removeEventListener('abort', abort);
        goodbye.abort();
        if (up?.client === client) up = undefined;
        client.end(true);
      }
    },
    publish(topic, payload) {
      const client = up?.client;
      const backlog = (client?.stream as TLSSocket | undefined)?.writableLength ?? 0;
      if (client === undefined || !client.connected || backlog > backlogBytesMax) return false;
      client.publish(topic, Buffer.from(payload), { qos: 0 });
      return true;
    },
    close() {
      if (up === undefined) return;
      up.seen.fault ??= { kind: 'closed', code: 'asked', detail: 'ended by this robot' };
      sayGoodbye(options.clock, up.client, new AbortController().signal);
    },
    async subscribe(topics, signal) {
      const client = up?.client;
      if (client === undefined || !client.connected) {
        throw new PilotfishError('link-down', 'there is no connection to subscribe on');
      }
      const granted = await until(signal, client.subscribeAsync([...topics], { qos: 0 }));
      const refused = granted.find(({ qos }) => qos >= 128);
      if (refused !== undefined) {
        throw new PilotfishError('not-subscribed', `may not subscribe ${refused.topic}`);
      }
    },
  };
}

/** DISCONNECT, and some time for the broker to close; then the socket goes. */
function sayGoodbye(clock: Clock, client: MqttClient, over: AbortSignal): void {
  client.end(false);
  const cancel = clock.after(goodbyeMs, () => client.stream.destroy());
  client.stream.once('close', cancel);
  over.addEventListener('abort', cancel, { once: true });
}

/** What was promised, unless the signal comes first: MQTT.js never answers when the connection ends. */
function until<T>(signal: AbortSignal, promised: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    promised.then(resolve, reject);
  });
}

async function begin(
  options: LinkOptions,
  pair: Pair,
): Promise<{ client: MqttClient; seen: Seen } | { observation: Observation }> {
  const seen: Seen = { stage: firstStage(options.host) };
  let credentials: SecureContextOptions;
  try {
    credentials = await options.credentials(pair);
  } catch (error) {
    return { observation: ofPair(error) };
  }
  const { host, port } = options;
  const stream = () => {
    try {
      const socket = connect({
        host,
        port,
        servername: host,
        minVersion: 'TLSv1.2',
        ...credentials,
      });
      const reached = (event: string, next: Seen['stage']) =>
        socket.once(event, () => {
          seen.stage = next;
        });
      reached('lookup', 'tcp');
      reached('connect', 'tls');
      reached('secureConnect', 'connack');
      socket.once('error', (error) => {
        seen.fault ??= ofError(error, seen);
      });
      return socket;
    } catch (error) {
      seen.fault ??= ofPair(error);
      const broken = new PassThrough();
      setImmediate(() => broken.destroy());
      return broken;
    }
  };
  const client = new MqttClient(stream, {
    protocolId: 'MQTT',
    protocolVersion: 4,
    clientId: options.clientId,
    keepalive: options.keepAliveS,
    clean: true,
    reconnectPeriod: 0,
    // Our own deadline comes first: it knows what to call it.
    connectTimeout: 2 * options.connectMs,
    queueQoSZero: false,
    resubscribe: false,
    writeCache: false,
  });
  return { client, seen };
}

function live(
  options: LinkOptions,
  client: MqttClient,
  seen: Seen,
  handlers: LinkHandlers,
): Promise<Observation> {
  return new Promise((resolve) => {
    const cancel = options.clock.after(options.connectMs, () => {
      seen.fault ??= ofTimeout(seen, options.connectMs);
      client.end(true);
      done();
    });
    const done = () => {
      cancel();
      resolve(seen.fault ?? ofClose(seen));
    };
    client.on('connect', () => {
      seen.stage = 'suback';
      client.subscribe([...options.subscriptions], { qos: 0 }, (error, granted) => {
        const refused = granted?.find(({ qos }) => qos >= 128)?.topic;
        if (error || refused !== undefined) {
          const detail = refused === undefined ? explain(error) : `may not subscribe ${refused}`;
          seen.fault ??= { kind: 'refused', code: 'not-subscribed', detail };
          client.end(true);
          return done();
        }
        cancel();
        seen.stage = 'up';
        handlers.up();
      });
    });
    client.on('message', (topic, payload) => handlers.message(topic, payload));
    limitPackets(client, (detail) => {
      seen.fault ??= { kind: 'lost', code: 'protocol', detail };
      client.end(true);
      done();
    });
    client.on('error', (error) => {
      seen.fault ??= ofError(error, seen);
      // After bytes that are no MQTT the client listens no more, and the socket would stay.
      client.end(true);
    });
    client.on('close', done);
    client.on('end', done);
  });
}

/**
 * The library gathers packets of up to 256 MB, and keeps what comes at QoS 2 until it is released. We subscribe at
 * QoS 0 and take messages of the protocol's size: whoever sends more ends the connection.
 */
function limitPackets(client: MqttClient, tooMuch: (detail: string) => void): void {
  let unread = 0;
  client.stream.on('data', (chunk: Uint8Array) => {
    unread += chunk.byteLength;
    if (unread > unreadBytesMax) tooMuch('a packet larger than the protocol allows');
  });
  client.on('packetreceive', (packet) => {
    unread = 0;
    if (packet.cmd === 'publish' && packet.qos > 0) tooMuch('a message above QoS 0');
  });
}
