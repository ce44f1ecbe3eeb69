import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PilotfishError } from '../../../base/errors.ts';

/** A broker's process, for robots of the CA in `robots-ca.crt`. */
export interface Broker extends AsyncDisposable {
  readonly port: number;
  /** Path of the CA of its own certificate. */
  readonly ca: string;
  readonly pid: number;
  /** Whether it closes the first connection of each robot. */
  readonly dropsFirstContact: boolean;
}

const stub = fileURLToPath(new URL('../../../launchers/cloud-stub', import.meta.url));

/** The cloud stub as it is started by its command. */
export async function startStubProcess(folder: string): Promise<Broker> {
  const dir = join(folder, 'stub');
  const child = spawn(stub, ['serve', '--dir', dir, '--ca', join(folder, 'robots-ca.crt')], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const ready = JSON.parse(line) as { mqtt: { port: number }; serverCa: string };
  return brokerOf(child, { port: ready.mqtt.port, ca: ready.serverCa, dropsFirstContact: true });
}

/** Mosquitto with mutual TLS and nothing else. `server.crt` and `server.key` are its own. */
export async function startMosquittoProcess(folder: string): Promise<Broker> {
  const path = (name: string) => join(folder, name);
  const port = await freePort();
  const lines = [
    ...[`listener ${port} 127.0.0.1`, `cafile ${path('robots-ca.crt')}`],
    ...[`certfile ${path('server.crt')}`, `keyfile ${path('server.key')}`],
    ...['require_certificate true', 'use_identity_as_username true', 'persistence false'],
    ...['allow_anonymous false', 'log_dest stderr', 'log_type error'],
    `user ${userInfo().username}`,
  ];
  await writeFile(path('mosquitto.conf'), `${lines.join('\n')}\n`);
  const child = spawn('mosquitto', ['-c', path('mosquitto.conf')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(child, 'spawn').catch(() => {
    throw new PilotfishError('no-mosquitto', 'mosquitto cannot be started', {
      hint: 'install it (apt-get install mosquitto), or measure with --only stub',
    });
  });
  while (!(await isListening(port))) {
    if (child.exitCode !== null) {
      throw new PilotfishError('no-mosquitto', `mosquitto ended with ${child.exitCode}`);
    }
    await wait(20);
  }
  return brokerOf(child, { port, ca: path('server-ca.crt'), dropsFirstContact: false });
}

function isListening(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

function brokerOf(
  child: ChildProcess,
  about: Pick<Broker, 'port' | 'ca' | 'dropsFirstContact'>,
): Broker {
  return {
    ...about,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What a process uses, from the kernel: resident memory in KB, and its processor time in seconds. */
export async function usageOf(pid: number): Promise<{ rssKb: number; cpuS: number }> {
  const [status, stat] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readFile(`/proc/${pid}/stat`, 'utf8'),
  ]);
  const rssKb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  // proc(5): utime and stime, in ticks of 10 ms, are the 14th and 15th field; the name before may contain blanks.
  const [utime = 0, stime = 0] = stat
    .slice(stat.lastIndexOf(')'))
    .split(' ')
    .slice(12, 14)
    .map(Number);
  return { rssKb, cpuS: (utime + stime) / 100 };
}
