import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import type { Ready } from '../../cloud-stub/running.ts';
import type { Identity } from './cloud-pki.ts';

/** Hand-written MQTT packets on a TLS connection whose session the test keeps. */
export interface RawConnection {
  readonly socket: TLSSocket;
  /** Whether TLS resumed a session instead of asking for the certificate. */
  readonly reused: boolean;
  readonly version: string | null;
  /** The newest session, for a later connection. */
  session(): Buffer | undefined;
  /** Sends CONNECT; returns the return code of CONNACK, or `closed` without one. */
  mqtt(clientId: string): Promise<number | 'closed'>;
  /** Sends the given CONNECT; returns the same. */
  send(connect: Buffer): Promise<number | 'closed'>;
  untilClosed(): Promise<void>;
}

export async function openRaw(
  ready: Ready,
  { cert, key }: Pick<Identity, 'cert' | 'key'>,
  options: {
    version?: SecureVersion;
    session?: Buffer | undefined;
    /** The server's name in the handshake; none by default. */
    servername?: string | undefined;
  } = {},
): Promise<RawConnection> {
  const { version = 'TLSv1.3', session, servername } = options;
  const socket = connect({
    ...ready.mqtt,
    ca: await readFile(ready.serverCa),
    ...{ cert, key, minVersion: version, maxVersion: version },
    ...(session === undefined ? {} : { session }),
    ...(servername === undefined ? {} : { servername }),
  });
  socket.on('error', () => {});
  let newest: Buffer | undefined;
  socket.on('session', (made) => {
    newest = made;
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'secureConnect');
  return {
    socket,
    reused: socket.isSessionReused(),
    version: socket.getProtocol(),
    session: () => newest,
    mqtt: (clientId) => send(connectPacket(clientId)),
    send,
    async untilClosed() {
      socket.resume();
      await closed;
    },
  };
  async function send(packet: Buffer) {
    socket.write(packet);
    const answer = new Promise<number>((resolve) =>
      socket.once('data', (data: Buffer) => resolve(data[3] ?? -1)),
    );
    return Promise.race([answer, closed.then(() => 'closed' as const)]);
  }
}

/** MQTT 3.1.1 section 3.1: clean session, keep-alive 60 s. */
export const connectPacket = (clientId: string): Buffer =>
  Buffer.concat([
    Buffer.from([0x10, clientId.length + 12]),
    Buffer.from('00044d5154540402003c', 'hex'),
    Buffer.from([0, clientId.length]),
    Buffer.from(clientId),
  ]);

/** MQTT 3.1.1 section 3.1: clean session, keep-alive 60 s, a will of QoS 0. */
export function willPacket(clientId: string, will: { topic: string; body: unknown }): Buffer {
  const head = Buffer.from('00044d5154540406003c', 'hex');
  return packetOf(0x10, [
    head,
    lengthed(clientId),
    lengthed(will.topic),
    lengthed(JSON.stringify(will.body)),
  ]);
}

/** MQTT 3.1.1 section 3.8: one filter, QoS 0. */
export const subscribePacket = (filter: string): Buffer =>
  packetOf(0x82, [Buffer.from([0, 1]), lengthed(filter), Buffer.from([0])]);

/** MQTT 3.1.1 section 3.3: QoS 0. */
export const publishPacket = (topic: string, body: unknown): Buffer =>
  packetOf(0x30, [lengthed(topic), Buffer.from(JSON.stringify(body))]);

/** MQTT 3.1.1 section 1.5.3. */
const lengthed = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
};

/** MQTT 3.1.1 section 2.2.3. */
function packetOf(type: number, parts: readonly Buffer[]): Buffer {
  const rest = Buffer.concat(parts);
  const length: number[] = [];
  for (let left = rest.length; left > 0; left = Math.floor(left / 128))
    length.push((left % 128) + (left >= 128 ? 128 : 0));
  return Buffer.concat([Buffer.from([type, ...length]), rest]);
}
