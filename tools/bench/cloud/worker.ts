import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { silentLog } from '../../../base/log.ts';
import type { Cloud } from '../../../cloud-stub/cloud.ts';
import { encode, kinds, type MessageKind, topicOf } from './messages.ts';

/**
 * One process that gives messages to the cloud of a checkout, on a SQLite file, and prints the rates as JSON. The
 * checkout may be an older one: only what has kept its form is used of it.
 */

/** A second, by the wall clock and by this process's own processor time. */
export interface Rate {
  readonly perS: number;
  readonly perCpuS: number;
}
export type Rates = Readonly<Record<MessageKind, Rate>>;

type Measured = Pick<Cloud, 'receive' | 'unarchived' | 'archived'>;

const robots = 20;
/** So often the stub moves messages to the files of its archive: the rows of some hundred messages are few. */
const archivedEvery = 200;
const startMs = Date.UTC(2026, 0, 1);

const [root = '', messages = '1000'] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'pilotfish-bench-'));
try {
  const cloud = await openCloud(join(folder, 'cloud.db'));
  const rates = kinds.map((kind) => [kind, measure(cloud, kind, Number(messages))] as const);
  process.stdout.write(`${JSON.stringify(Object.fromEntries(rates))}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function openCloud(path: string): Promise<Measured> {
  const load = async (file: string) =>
    (await import(pathToFileURL(join(root, file)).href)) as Record<string, unknown>;
  const { createCloud } = await load('cloud-stub/cloud.ts');
  const { openSqliteStore } = await load('cloud-stub/store/sqlite.ts');
  // Where the defaults were before they had a file of their own.
  const hasConfig = existsSync(join(root, 'cloud-stub/config.ts'));
  const { cloudDefaults } = await load(`cloud-stub/${hasConfig ? 'config' : 'ports'}.ts`);
  let drawn = 0;
  return (createCloud as (parts: object) => Cloud)({
    store: (openSqliteStore as (file: string) => object)(path),
    log: silentLog,
    entropy: (bytes: number) => (++drawn).toString(16).padStart(2 * bytes, '0'),
    config: {
      ...(cloudDefaults as object),
      ...{ endpoint: 'https://localhost', confirmWindowMs: 0 },
      credentials: { accessKeyId: 'BENCH', secretAccessKey: 'bench' },
    },
  });
}

function measure(cloud: Measured, kind: MessageKind, count: number): Rate {
  const prepared = Array.from({ length: count }, (_, n) => {
    const robot = `R${n % robots}`;
    return { robot, topic: topicOf(kind, robot), payload: encode(kind, Math.floor(n / robots)) };
  });
  const beginMs = performance.now();
  const begin = process.cpuUsage();
  for (const [n, message] of prepared.entries()) {
    const answers = cloud.receive(message, startMs + n * 1000);
    const isServed = answers.some(({ topic }) => topic.endsWith('/accepted'));
    if (!isServed) throw new Error(`a message of kind ${kind} was not accepted`);
    if (n % archivedEvery === 0) cloud.archived(cloud.unarchived());
  }
  const { user, system } = process.cpuUsage(begin);
  return {
    perS: (count * 1000) / (performance.now() - beginMs),
    perCpuS: (count * 1e6) / (user + system),
  };
}
