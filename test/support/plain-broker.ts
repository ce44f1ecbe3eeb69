import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { Aedes } from 'aedes';
import { type KeyAndCertificate, makeServerCertificate } from '../../base/x509/authority.ts';
import { commonName } from '../../base/x509/certificates.ts';

/** A broker that is not ours and knows nothing of the cloud: mutual TLS, and topics by the certificate's name. */
export interface PlainBroker extends AsyncDisposable {
  readonly port: number;
  /** Every message received, oldest first: `NAME topic`. */
  readonly published: readonly string[];
  /** Closes all connections, and accepts no more until it is resumed. */
  stop(): Promise<void>;
  resume(): Promise<void>;
  /** Stops reading from a client. */
  stall(name: string): void;
  read(name: string): void;
}

export const cloudName = 'cloud.pilotfish';

export async function startPlainBroker(ca: KeyAndCertificate): Promise<PlainBroker> {
  const leaf = await makeServerCertificate({
    caKey: ca.privateKey,
    caCert: ca.certificatePem,
    hostNames: ['localhost'],
    nowMs: Date.now(),
    random: randomBytes,
  });
  const published: string[] = [];
  const aedes = await Aedes.createBroker({
    authorizePublish(client, { topic }, done) {
      const name = client?.id ?? '';
      published.push(`${name} ${topic}`);
      const mine =
        name === cloudName ||
        topic.startsWith(`robots/${name}/up/`) ||
        topic.startsWith(`$aws/things/${name}/`);
      done(mine ? null : new Error('not allowed'));
    },
  });
  const sockets = new Map<Socket, string>();
  const accept = (socket: TLSSocket) => {
    const peer = socket.getPeerX509Certificate();
    sockets.set(socket, (peer && commonName(peer)) ?? '');
    socket.once('close', () => sockets.delete(socket));
    aedes.handle(socket);
  };
  const listen = async (port: number) => {
    const server = createServer(
      {
        key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }),
        cert: leaf.certificatePem,
        ca: ca.certificatePem,
        requestCert: true,
        rejectUnauthorized: true,
      },
      accept,
    );
    server.on('tlsClientError', () => {});
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets.keys()) socket.destroy();
    await closed;
  };
  return {
    port,
    published,
    stop,
    async resume() {
      server = await listen(port);
    },
    stall(name) {
      for (const [socket, owner] of sockets) if (owner === name) socket.pause();
    },
    read(name) {
      for (const [socket, owner] of sockets) if (owner === name) socket.resume();
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  };
}
