import { PassThrough } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { MqttClient } from 'mqtt';
import type { Clock } from '../base/clock.ts';
import { codeOf, explain, PilotfishError } from '../base/errors.ts';
import { PacketStream } from '../base/packet-stream.ts';
import { serverNameOf } from '../base/server-name.ts';
import { createClientPackets } from '../protocol/mqtt/client-packets.ts';
import { clientSettings } from '../protocol/mqtt/client-settings.ts';
import { filtersOf } from '../protocol/topics.ts';
import { faultOf, type Seen } from './bridge-faults.ts';
import type { OutsideBroker } from './bridge-options.ts';
import { createOutbox, type Outbox } from './bridge-outbox.ts';

const connectMs = 15_000;

/** One connection to an outside broker, subscribed. */
export interface Connection {
  readonly outbox: Outbox;
  /** Why it ended. */
  readonly ended: Promise<string>;
}

/** `hear` gets the robots' messages, `skipped` those that were too large and were discarded while they arrived. */
export interface BridgeHandlers {
  receive(topic: string, payload: Uint8Array): void;
  skipped(topic: string, byteCount: number): void;
}

/**
 * Connects and subscribes. One client object per attempt (decision 0006), which never reconnects by itself. Rejects
 * with `broker-unreachable`, `broker-tls`, `broker-refused`, `broker-faulty` or `broker-timeout`.
 */
export function openConnection(
  { broker, reserved, clock }: { broker: OutsideBroker; reserved: boolean; clock: Clock },
  { receive, skipped }: BridgeHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  const seen: Seen = { secure: false };
  const client = createClient(broker, seen, skipped);
  const abort = () => client.end(true);
  signal.addEventListener('abort', abort, { once: true });
  return new Promise((resolve, reject) => {
    const ended = new Promise<string>((done) => {
      const close = () => {
        signal.removeEventListener('abort', abort);
        cancel();
        client.end(true);
        reject(faultOf(broker, seen));
        done(wordsOf(seen.fault));
      };
      client.once('close', close);
      client.once('end', close);
    });
    const cancel = clock.after(connectMs, () => {
      seen.fault ??= new PilotfishError('broker-timeout', `no answer within ${connectMs} ms`);
      client.stream.destroy();
    });
    client.on('error', (error) => {
      seen.fault ??= error;
      client.end(true);
    });
    client.on('message', receive);
    client.once('connect', () => {
      const services = reserved ? (['own', 'shadow', 'jobs'] as const) : (['own'] as const);
      const filters = [...filtersOf('up', services, '+')];
      client.subscribe(filters, { qos: 0 }, (error) => {
        if (error) {
          seen.fault ??= new PilotfishError('broker-refused', `${filters.join(' ')} not granted`);
          return void client.end(true);
        }
        cancel();
        resolve({ outbox: createOutbox(client), ended });
      });
    });
    if (signal.aborted) abort();
  });
}

/** Why a connection closed, in one line. */
function wordsOf(fault: unknown): string {
  if (fault === undefined) return 'it closed the connection';
  return codeOf(fault) === 'protocol' ? `broker-faulty: ${explain(fault)}` : explain(fault);
}

function createClient(
  { host, port, tls, clientId }: OutsideBroker,
  seen: Seen,
  skipped: BridgeHandlers['skipped'],
): MqttClient {
  const stream = () => {
    try {
      const socket: TLSSocket = connect({
        host,
        port,
        servername: serverNameOf(host),
        minVersion: 'TLSv1.2',
        ...tls,
      });
      socket.once('secureConnect', () => {
        seen.secure = true;
      });
      socket.once('error', (error) => {
        seen.fault ??= error;
      });
      return new PacketStream(socket, createClientPackets(skipped));
    } catch (error) {
      seen.fault ??= error;
      const broken = new PassThrough();
      setImmediate(() => broken.destroy());
      return broken;
    }
  };
  return new MqttClient(stream, clientSettings({ clientId, keepAliveS: 30, connectMs }));
}
