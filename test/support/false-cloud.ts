import { once } from 'node:events';
import { cp, mkdir } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { type Clock, systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { connectOperator, type OperatorClient } from '../../cloud-stub/operator-client.ts';
import { type Stub, startStub } from '../../cloud-stub/serve.ts';

/** Clouds that are not the true one, and a network that leads a robot to them. */

/** One address that leads to one broker after another. */
export interface Detour extends AsyncDisposable {
  readonly port: number;
  /** From now on it leads to `port`; connections to the broker before end. */
  leadTo(port: number): void;
}

export async function startDetour(): Promise<Detour> {
  let target: number | undefined;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((socket) => {
    keep(socket);
    if (target === undefined) return socket.destroy();
    const onward = connect({ port: target, host: 'localhost' });
    keep(onward);
    socket.pipe(onward).pipe(socket);
    socket.once('close', () => onward.destroy());
    onward.once('close', () => socket.destroy());
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    leadTo(port) {
      target = port;
      endAll();
    },
    async [Symbol.asyncDispose]() {
      endAll();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface FalseCloud extends AsyncDisposable {
  readonly stub: Stub;
  readonly operator: OperatorClient;
}

/**
 * A stub with the true one's server key and certificate, a clock that is `aheadMs` ahead, and a renewal CA of its own. It
 * knows the robots' CA: that is a public certificate.
 */
export async function startFalseCloud(options: {
  readonly dir: string;
  /** Path of the true cloud's server CA, beside which its key and certificate lie. */
  readonly serverCa: string;
  readonly robotsCa: string;
  readonly aheadMs: number;
}): Promise<FalseCloud> {
  const clock: Clock = {
    ...systemClock,
    wallMs: () => systemClock.wallMs() + options.aheadMs,
  };
  await mkdir(options.dir, { recursive: true });
  await cp(dirname(options.serverCa), join(options.dir, 'server'), { recursive: true });
  const stub = await startStub({
    dir: options.dir,
    mqtt: { ca: options.robotsCa, port: 0 },
    host: 'localhost',
    httpsPort: 0,
    clock,
    log: silentLog,
  });
  const operator = await connectOperator(stub.ready, clock);
  return {
    stub,
    operator,
    async [Symbol.asyncDispose]() {
      operator[Symbol.dispose]();
      await stub[Symbol.asyncDispose]();
    },
  };
}
