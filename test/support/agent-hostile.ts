import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { type KeyAndCertificate, makeServerCertificate } from '../../base/x509/authority.ts';

/** Hostile brokers: real TCP and TLS, and of MQTT only what the test needs. */
export interface HostileServer extends AsyncDisposable {
  readonly port: number;
  /** TLS connections that are open now. */
  readonly sockets: ReadonlySet<Socket>;
  readonly packets: readonly Packet[];
}

export interface Packet {
  /** MQTT 3.1.1 section 2.2.1: 1 CONNECT, 3 PUBLISH, 8 SUBSCRIBE, 12 PINGREQ, 14 DISCONNECT. */
  readonly type: number;
  /** All after the fixed header. */
  readonly body: Buffer;
}

export interface Behaviour {
  /** When TLS is there. */
  onSecure?(socket: TLSSocket): void;
  /** When a packet has come. Without it nothing is ever read. */
  onPacket?(socket: TLSSocket, packet: Packet): void;
}

export const connack = (code: number): Buffer => Buffer.from([0x20, 2, 0, code]);
/** Grants (0) or refuses (0x80) each filter of a SUBSCRIBE packet. */
export const suback = ({ body }: Packet, answer: number): Buffer => {
  const filters = countFilters(body.subarray(2));
  return Buffer.from([
    0x90,
    2 + filters,
    body[0] ?? 0,
    body[1] ?? 0,
    ...Array(filters).fill(answer),
  ]);
};
export const pingresp: Buffer = Buffer.from([0xd0, 0]);
export const publish = (topic: string, text: string): Buffer =>
  Buffer.concat([
    Buffer.from([0x30, 2 + topic.length + text.length, 0, topic.length]),
    Buffer.from(topic + text),
  ]);

/** A broker that does everything a robot needs; a test removes something. */
export const wellBehaved: Required<Pick<Behaviour, 'onPacket'>> = {
  onPacket(socket, packet) {
    if (packet.type === 1) socket.write(connack(0));
    if (packet.type === 8) socket.write(suback(packet, 0));
    if (packet.type === 12) socket.write(pingresp);
    if (packet.type === 14) socket.end();
  },
};

/**
 * A TLS server under `ca` that requires client certificates of it, as a broker does. Its own certificate is made at
 * `nowMs` and valid from a day before that on; `tls` changes what it requires of clients.
 */
export async function startHostile(
  ca: KeyAndCertificate,
  behaviour: Behaviour,
  hostName: string | readonly string[] = 'localhost',
  { nowMs = Date.now(), tls = {} }: { nowMs?: number; tls?: TlsOptions } = {},
): Promise<HostileServer> {
  const leaf = await makeServerCertificate({
    caKey: ca.privateKey,
    caCert: ca.certificatePem,
    hostNames: [hostName].flat(),
    nowMs,
    random: randomBytes,
  });
  const packets: Packet[] = [];
  const server = createServer(
    {
      key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      cert: leaf.certificatePem,
      ca: ca.certificatePem,
      requestCert: true,
      rejectUnauthorized: true,
      ...tls,
    },
    (socket) => {
      socket.on('error', () => {});
      behaviour.onSecure?.(socket);
      const { onPacket } = behaviour;
      if (onPacket === undefined) return;
      socket.on(
        'data',
        packetReader((packet) => {
          packets.push(packet);
          onPacket(socket, packet);
        }),
      );
    },
  );
  server.on('tlsClientError', () => {});
  return { packets, ...(await listening(server)) };
}

/** A TCP server that knows nothing of TLS. */
export async function startPlain(onSocket: (socket: Socket) => void): Promise<HostileServer> {
  return { packets: [], ...(await listening(createTcpServer(onSocket))) };
}

/** A proxy to a server that can freeze: its clients then receive nothing more, not even a close. */
export async function startFreezer(
  target: HostileServer,
): Promise<HostileServer & { freeze(): void }> {
  const frozen: (() => void)[] = [];
  const proxy = await startPlain((socket) => {
    const onward = connect(target.port, 'localhost');
    onward.on('error', () => socket.destroy());
    socket.once('close', () => onward.destroy());
    socket.pipe(onward).pipe(socket);
    frozen.push(() => {
      socket.unpipe(onward).pause();
      onward.unpipe(socket).pause();
    });
  });
  return {
    ...proxy,
    freeze() {
      for (const stop of frozen.splice(0)) stop();
    },
  };
}

async function listening(server: ReturnType<typeof createTcpServer>) {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => {});
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function packetReader(onPacket: (packet: Packet) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0);
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (let packet = take(); packet !== undefined; packet = take()) onPacket(packet);
  };

  function take(): Packet | undefined {
    let length = 0;
    let at = 1;
    for (let shift = 0; ; shift += 7) {
      const octet = pending[at++];
      if (octet === undefined) return undefined;
      length += (octet & 0x7f) << shift;
      if (octet < 0x80) break;
    }
    if (pending.length < at + length) return undefined;
    const packet = { type: (pending[0] ?? 0) >> 4, body: pending.subarray(at, at + length) };
    pending = pending.subarray(at + length);
    return packet;
  }
}

function countFilters(body: Buffer): number {
  let count = 0;
  for (let at = 0; at < body.length; at += 3 + body.readUInt16BE(at)) count++;
  return count;
}
