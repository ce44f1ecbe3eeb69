import { readFile } from 'node:fs/promises';
import { connect, type TLSSocket } from 'node:tls';

/**
 * One process that holds idle robots: each connects by mutual TLS, sends CONNECT and waits for CONNACK. It prints
 * `connected` and holds the connections until its standard input ends. Bare packets: the bench measures the broker.
 */
export interface RobotsJob {
  readonly port: number;
  /** Path of the broker's CA. */
  readonly ca: string;
  readonly identities: readonly {
    readonly name: string;
    readonly key: string;
    readonly cert: string;
  }[];
  /** A broker drops the first contact of each robot: that is awaited instead of CONNACK. */
  readonly isFirstContact: boolean;
}

/** Handshakes at once. */
const atOnce = 16;

const [path = ''] = process.argv.slice(2);
const job = JSON.parse(await readFile(path, 'utf8')) as RobotsJob;
const ca = await readFile(job.ca);
const waiting = [...job.identities];
const held: TLSSocket[] = [];

async function connectWaiting(): Promise<void> {
  for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await enter(one);
}

function enter({ name, key, cert }: RobotsJob['identities'][number]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({
    host: '127.0.0.1',
    port: job.port,
    servername: 'localhost',
    ca,
    key,
    cert,
  });
  socket.once('secureConnect', () => socket.write(connectPacket(name)));
  socket.once('data', ([type, , , code]: Buffer) => {
    if (type !== 0x20 || code !== 0) return reject(new Error(`${name}: CONNACK ${code}`));
    held.push(socket);
    resolve();
  });
  socket.once('error', reject);
  socket.once('close', () => {
    if (job.isFirstContact) resolve();
    else reject(new Error(`${name}: closed before CONNACK`));
  });
  return promise;
}

/** MQTT 3.1.1 section 3.1: clean session, a keep-alive of 20 minutes. */
function connectPacket(name: string): Buffer {
  const id = Buffer.from(name);
  const body = Buffer.concat([
    Buffer.from([0, 4, ...Buffer.from('MQTT'), 4, 2, 0x04, 0xb0, 0, id.length]),
    id,
  ]);
  return Buffer.concat([Buffer.from([0x10, body.length]), body]);
}

await Promise.all(Array.from({ length: atOnce }, connectWaiting));
process.stdout.write('connected\n');
process.stdin.resume();
process.stdin.once('end', () => {
  for (const socket of held) socket.destroy();
});
