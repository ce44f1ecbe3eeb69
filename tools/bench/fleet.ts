import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { usage } from '../../base/cli.ts';
import { type CliIo, type Command, command } from '../../base/command.ts';
import { keySigner } from '../../base/x509/algorithms.ts';
import {
  type KeyAndCertificate,
  makeCa,
  makeDeviceCertificate,
  makeServerCertificate,
} from '../../base/x509/authority.ts';
import { generateKeys } from '../../base/x509/keys.ts';
import { type Broker, startMosquittoProcess, startStubProcess, usageOf } from './fleet/brokers.ts';
import type { RobotsJob } from './fleet/robots.ts';
import { textTable } from './table.ts';

interface Measured {
  readonly broker: string;
  readonly robots: number;
  /** Resident memory of the broker for each idle robot, beside the memory without robots. */
  readonly kbPerRobot: number;
  /** By the broker's own processor time. */
  readonly connectsPerCpuS: number;
}

const brokers = ['stub', 'mosquitto'] as const;
type BrokerName = (typeof brokers)[number];
const worker = fileURLToPath(new URL('./fleet/robots.ts', import.meta.url));

export const fleetBench: Command = command({
  summary: 'memory and connects of idle robots by mutual TLS, beside mosquitto',
  options: {
    robots: {
      type: 'string',
      default: '500,1000,5000',
      value: 'N,N',
      describe: 'numbers of robots',
    },
    only: { type: 'string', value: 'BROKER', describe: `one of ${brokers.join(', ')}` },
    json: { type: 'boolean', describe: 'one JSON object' },
  },
  async run({ robots, only, json }, io) {
    const counts = robots.split(',').map(Number);
    if (!counts.every((count) => Number.isInteger(count) && count > 0 && count <= 20_000)) {
      throw usage(`--robots is ${robots}`, 'expected whole numbers to 20000, with commas');
    }
    const selected = brokers.filter((name) => only === undefined || name === only);
    if (selected.length === 0) throw usage(`--only is ${only}`, `expected ${brokers.join(', ')}`);
    const folder = await mkdtemp(join(tmpdir(), 'pilotfish-bench-'));
    try {
      const identities = await prepare(folder, Math.max(...counts), io);
      const rows: Measured[] = [];
      for (const count of counts) {
        for (const name of selected) {
          io.err(`${name} with ${count} robots`);
          rows.push(await measure(folder, { name, identities: identities.slice(0, count) }));
        }
      }
      io.out(json ? JSON.stringify({ node: process.version, rows }) : tableOf(rows));
      return 0;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});

/** Makes the files of the brokers, and the robots' keys and certificates. */
async function prepare(folder: string, count: number, io: CliIo): Promise<RobotsJob['identities']> {
  const nowMs = Date.now();
  const random = randomBytes;
  const ca = await makeCa({ commonName: 'Bench robots', nowMs, random });
  const serverCa = await makeCa({ commonName: 'Bench server', nowMs, random });
  const server = await makeServerCertificate({
    ...{ caKey: serverCa.privateKey, caCert: serverCa.certificatePem },
    ...{ hostNames: ['localhost'], nowMs, random },
  });
  await writeFile(join(folder, 'robots-ca.crt'), ca.certificatePem);
  await writeFile(join(folder, 'server-ca.crt'), serverCa.certificatePem);
  await writeFile(join(folder, 'server.crt'), server.certificatePem);
  await writeFile(join(folder, 'server.key'), pemOf(server.privateKey));
  io.err(`making ${count} certificates`);
  const identities: RobotsJob['identities'][number][] = [];
  for (let n = 0; n < count; n++) identities.push(await mint(ca, `BENCH-${n}`));
  return identities;
}

async function mint(ca: KeyAndCertificate, name: string) {
  const { privateKey, publicKey } = await generateKeys('ec-p256');
  const cert = await makeDeviceCertificate({
    ...{ commonName: name, publicKey, issuer: ca.certificatePem },
    ...{ signer: keySigner(ca.privateKey), nowMs: Date.now(), random: randomBytes },
  });
  return { name, key: pemOf(privateKey), cert };
}

const pemOf = (key: KeyAndCertificate['privateKey']): string =>
  String(key.export({ type: 'pkcs8', format: 'pem' }));

async function measure(
  folder: string,
  { name, identities }: { name: BrokerName; identities: RobotsJob['identities'] },
): Promise<Measured> {
  const start = () => (name === 'stub' ? startStubProcess(folder) : startMosquittoProcess(folder));
  await rm(join(folder, 'stub'), { recursive: true, force: true });
  {
    // The first contact registers the robots. What it costs in memory is not what idle robots cost.
    await using broker = await start();
    if (broker.dropsFirstContact) await hold(folder, broker, { identities, isFirst: true });
  }
  await using broker = await start();
  const before = await settled(broker);
  return await hold(folder, broker, {
    identities,
    isFirst: false,
    async whileHeld() {
      const after = await settled(broker);
      return {
        ...{ broker: name, robots: identities.length },
        kbPerRobot: (after.rssKb - before.rssKb) / identities.length,
        connectsPerCpuS: identities.length / (after.cpuS - before.cpuS),
      };
    },
  });
}

/** Connects the robots, and holds them while something is measured. */
async function hold<T>(
  folder: string,
  { port, ca }: Broker,
  options: {
    identities: RobotsJob['identities'];
    isFirst: boolean;
    whileHeld?: () => Promise<T>;
  },
): Promise<T> {
  const { identities, isFirst: isFirstContact, whileHeld } = options;
  const path = join(folder, 'job.json');
  const job: RobotsJob = { port, ca, identities, isFirstContact };
  await writeFile(path, JSON.stringify(job));
  const child = spawn(process.execPath, [worker, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), failed(ended)]);
  const result = await whileHeld?.();
  child.stdin.end();
  await ended;
  return result as T;
}

async function failed(ended: Promise<unknown[]>): Promise<never> {
  await ended;
  throw new Error('the robots did not connect');
}

/** The usage once the memory has not changed for two seconds: until then the broker still works. */
async function settled({ pid }: Broker): Promise<{ rssKb: number; cpuS: number }> {
  let last = await usageOf(pid);
  for (let calm = 0, rounds = 0; calm < 4 && rounds < 60; rounds++) {
    await wait(500);
    const now = await usageOf(pid);
    calm = Math.abs(now.rssKb - last.rssKb) < last.rssKb / 200 ? calm + 1 : 0;
    last = now;
  }
  return last;
}

const tableOf = (rows: readonly Measured[]): string =>
  textTable(
    ['broker', 'robots', 'KB/robot', 'connects/CPU s', 'of mosquitto'],
    rows.map((row) => {
      const other = rows.find(
        ({ broker, robots }) => broker === 'mosquitto' && robots === row.robots,
      );
      const share = other && Math.round((100 * row.connectsPerCpuS) / other.connectsPerCpuS);
      return [
        ...[row.broker, row.robots, row.kbPerRobot.toFixed(0), row.connectsPerCpuS.toFixed(0)],
        share === undefined ? '-' : `${share} %`,
      ];
    }),
  );
