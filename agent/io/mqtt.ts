import type { SecureContextOptions } from 'node:tls';
import { MqttClient } from 'mqtt';
import type { Clock } from '../../base/clock.ts';
import { explain, PilotfishError } from '../../base/errors.ts';
import { clientSettings } from '../../protocol/mqtt/client-settings.ts';
import type { CredentialsName, Observation } from '../events.ts';
import type { Link, LinkHandlers } from '../ports.ts';
import { type ClientTimers, createClientTimers } from './mqtt-timers.ts';
import { firstStage, ofClose, ofCredentials, ofError, ofTimeout, type Seen } from './observe.ts';
import { countPings, type Pings } from './packets.ts';
import { createSessions, type SessionSlot } from './tls-sessions.ts';
import { type Endpoint, openTls } from './tls-socket.ts';

export interface LinkOptions extends Endpoint {
  readonly clientId: string;
  readonly keepAliveS: number;
  readonly connectMs: number;
  readonly subscriptions: readonly string[];
  /** The topic of the will that the broker publishes when the connection is lost; '': none. */
  readonly lastWill: string;
  readonly clock: Clock;
  /** CA, certificate and key; read anew for each attempt. Rejects when there are no usable credentials. */
  credentials(name: CredentialsName): Promise<SecureContextOptions>;
}

/** How long the broker has to close after our DISCONNECT. */
const disconnectMs = 2000;

/**
 * The connection over MQTT.js, one client object per attempt. It never reconnects by itself, never queues, and never
 * has more than one subscription round. Credentials that do not match or an invalid CA are an observation, not an
 * exception.
 */
export function createLink(options: LinkOptions): Link {
  const sessions = createSessions(`${options.host}:${options.port}`);
  let up: { client: MqttClient; seen: Seen; pings: Pings } | undefined;
  return {
    async run(credentials, handlers, signal) {
      const attempt = await startAttempt(options, sessions, credentials, handlers);
      if ('observation' in attempt) return attempt.observation;
      const { client, seen, slot, timers } = attempt;
      const disconnect = new AbortController();
      const abort = () => sendDisconnect(options.clock, client, disconnect.signal);
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      try {
        const pings = countPings(client, handlers.proved);
        return await runConnection(options, client, seen, {
          ...handlers,
          up() {
            // A dropped attempt may receive its SUBACK late, and would replace the one that is up now.
            if (signal.aborted) return;
            up = { client, seen, pings };
            slot.up();
            handlers.up();
          },
        });
      } finally {
        signal.removeEventListener('abort', abort);
        disconnect.abort();
        if (up?.client === client) up = undefined;
        // After `end(false)` the library ignores `end(true)`, and it answers a late CONNACK with a new keep-alive
        // timer.
        client.stream.destroy();
        client.end(true);
        timers.stop();
        slot.drop();
      }
    },
    publish(topic, payload) {
      const client = up?.client;
      // Beyond the socket's high-water mark the library would add a listener for each message.
      if (!client?.connected || client.stream.writableNeedDrain) return false;
      client.publish(topic, Buffer.from(payload), { qos: 0 });
      return true;
    },
    probe() {
      up?.pings.request();
    },
    close() {
      if (up === undefined) return;
      up.seen.fault ??= { kind: 'closed', code: 'requested', detail: 'ended by this robot' };
      sendDisconnect(options.clock, up.client, new AbortController().signal);
    },
    async subscribe(topics, signal) {
      const client = up?.client;
      if (client === undefined || !client.connected) {
        throw new PilotfishError('link-down', 'there is no connection to subscribe on');
      }
      const granted = await untilAborted(signal, client.subscribeAsync([...topics], { qos: 0 }));
      const refused = granted.find(({ qos }) => qos >= 128);
      if (refused !== undefined) {
        throw new PilotfishError('not-subscribed', `may not subscribe ${refused.topic}`);
      }
    },
  };
}

/** Sends DISCONNECT and gives the broker some time to close; then closes the socket. */
function sendDisconnect(clock: Clock, client: MqttClient, over: AbortSignal): void {
  client.end(false);
  const cancel = clock.after(disconnectMs, () => client.stream.destroy());
  client.stream.once('close', cancel);
  over.addEventListener('abort', cancel, { once: true });
}

/** The promise's result, unless the signal comes first: MQTT.js never settles it when the connection ends. */
function untilAborted<T>(signal: AbortSignal, promised: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    promised.then(resolve, reject);
  });
}

interface Attempt {
  readonly client: MqttClient;
  readonly seen: Seen;
  readonly slot: SessionSlot;
  readonly timers: ClientTimers;
}

async function startAttempt(
  options: LinkOptions,
  sessions: ReturnType<typeof createSessions>,
  name: CredentialsName,
  handlers: LinkHandlers,
): Promise<Attempt | { observation: Observation }> {
  const seen: Seen = { stage: firstStage(options.host) };
  let credentials: SecureContextOptions;
  try {
    credentials = await options.credentials(name);
  } catch (error) {
    return { observation: ofCredentials(error) };
  }
  const slot = sessions.slot(name, credentials);
  const timers = createClientTimers();
  const stream = () => openTls(options, credentials, seen, slot, handlers.skipped);
  const client = new MqttClient(stream, {
    ...clientSettings(options),
    ...(options.lastWill !== '' && { will: willOf(options) }),
    timerVariant: timers.variant,
  });
  return { client, seen, slot, timers };
}

function runConnection(
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
        client.stream.on('drain', () => handlers.drained());
        handlers.up();
      });
    });
    client.on('message', (topic, payload) => handlers.message(topic, payload));
    client.on('error', (error) => {
      seen.fault ??= ofError(error, seen);
      // After bytes that are not MQTT the client stops listening, and the socket would stay.
      client.end(true);
    });
    client.on('close', done);
    client.on('end', done);
  });
}

const willOf = ({ lastWill, clientId }: LinkOptions) => ({
  topic: lastWill,
  payload: Buffer.from(JSON.stringify({ v: 1, robot: clientId, state: 'lost' })),
  qos: 0 as const,
  retain: false,
});
