import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../base/clock.ts';
import { type CliIo, type Command, command } from '../../base/command.ts';
import { PilotfishError } from '../../base/errors.ts';
import { initCa } from '../../factory/ca.ts';
import type { KeyOptions } from '../../factory/ca-key.ts';
import type { WorkerCount, WorkerJob } from './factory-worker.ts';
import { makeSoftToken } from './soft-token.ts';
import { textTable } from './table.ts';

interface Measured {
  readonly ca: string;
  readonly processes: number;
  readonly certificatesPerS: number;
  readonly signaturesPerS: number;
  /** Relative to the software CA of the same kind with as many processes. */
  readonly ofSoftware: number;
}

const worker = fileURLToPath(new URL('./factory-worker.ts', import.meta.url));

export const factoryBench: Command = command({
  summary: 'certificates per second, with a CA in a file and in a SoftHSM token',
  options: {
    seconds: { type: 'number', default: 2, min: 0.2, max: 60, describe: 'the duration of one run' },
    rounds: {
      type: 'integer',
      default: 3,
      min: 1,
      max: 20,
      describe:
        'how often all is run; the best counts, because other work on the machine only slows',
    },
    json: { type: 'boolean', describe: 'one JSON object' },
  },
  async run({ seconds, rounds, json }, io) {
    const folder = await mkdtemp(join(tmpdir(), 'pilotfish-bench-'));
    try {
      const rows = await measureAll(folder, { seconds, rounds, io });
      const about = { seconds, rounds, node: process.version };
      io.out(json ? JSON.stringify({ ...about, rows }) : tableOf(rows));
      return 0;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});

const cases = (['ec-p256', 'ec-p384'] as const).flatMap((kind) =>
  (['file', 'SoftHSM'] as const).flatMap((where) =>
    [1, 2].map((processes) => ({ kind, where, processes })),
  ),
);

interface Rates {
  readonly certificatesPerS: number;
  readonly signaturesPerS: number;
}

async function measureAll(
  folder: string,
  { seconds, rounds, io }: { seconds: number; rounds: number; io: CliIo },
): Promise<Measured[]> {
  const token = await makeSoftToken(folder);
  // This process opens the token too, to make the keys.
  Object.assign(process.env, token.env);
  const best = cases.map((): Rates => ({ certificatesPerS: 0, signaturesPerS: 0 }));
  for (let round = 1; round <= rounds; round++) {
    for (const [at, { kind, where, processes }] of cases.entries()) {
      io.err(`round ${round} of ${rounds}: ${kind} in ${where}, processes: ${processes}`);
      const key: KeyOptions = where === 'file' ? {} : { ...token, keyLabel: kind };
      // A folder for each run: a journal that grows from run to run would measure the file system.
      const station = join(folder, `${round}-${at}`);
      const tools = { clock: systemClock, random: randomBytes };
      await using _ = await initCa(station, { commonName: 'Bench CA', kind, ...key, ...tools });
      const rates = await measure({ folder: station, key, processes, seconds });
      const { certificatesPerS = 0, signaturesPerS = 0 } = best[at] ?? {};
      best[at] = {
        certificatesPerS: Math.max(certificatesPerS, rates.certificatesPerS),
        signaturesPerS: Math.max(signaturesPerS, rates.signaturesPerS),
      };
      await rm(station, { recursive: true, force: true });
    }
  }
  return cases.map(({ kind, where, processes }, at) => {
    const rates = best[at] ?? { certificatesPerS: 0, signaturesPerS: 0 };
    const inFile = cases.findIndex(
      (one) => one.kind === kind && one.where === 'file' && one.processes === processes,
    );
    const ofSoftware = rates.certificatesPerS / (best[inFile]?.certificatesPerS ?? 0);
    return { ca: `${kind} in ${where}`, processes, ...rates, ofSoftware };
  });
}

async function measure(run: {
  folder: string;
  key: KeyOptions;
  processes: number;
  seconds: number;
}): Promise<Rates> {
  const { folder, key, processes, seconds } = run;
  const { module, tokenLabel, keyLabel, pinFile } = key;
  const workers = Array.from({ length: processes }, (_, at) => {
    const job: WorkerJob = {
      folder,
      key: { module, tokenLabel, keyLabel, pinFile },
      name: `robot-${at}`,
      // Faster processes finish earlier, and count all the same.
      robots: Math.ceil(seconds * 1000),
      milliseconds: seconds * 1000,
    };
    return startWorker(job);
  });
  try {
    await Promise.all(workers.map(({ lines }) => nextLine(lines)));
    for (const { child } of workers) child.stdin?.write('go\n');
    const counts = await Promise.all(
      workers.map(async ({ lines }) => JSON.parse(await nextLine(lines)) as WorkerCount),
    );
    const sum = (rate: (count: WorkerCount) => number) =>
      counts.reduce((total, count) => total + rate(count) * 1000, 0);
    return {
      certificatesPerS: sum(({ certificates, certificatesMs }) => certificates / certificatesMs),
      signaturesPerS: sum(({ signatures, signaturesMs }) => signatures / signaturesMs),
    };
  } finally {
    for (const { child } of workers) await endWorker(child);
  }
}

function startWorker(job: WorkerJob) {
  const child = spawn(process.execPath, [worker, JSON.stringify(job)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, lines };
}

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
  const { done, value } = await lines.next();
  if (done) throw new PilotfishError('bench-worker', 'a worker of the bench has failed');
  return value;
}

async function endWorker(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.stdin?.end();
  await once(child, 'close');
}

function tableOf(rows: readonly Measured[]): string {
  const head = ['CA key', 'processes', 'certificates/s', 'of file', 'signatures/s'];
  return textTable(
    head,
    rows.map((row) => [
      row.ca,
      row.processes,
      row.certificatesPerS.toFixed(0),
      `${(row.ofSoftware * 100).toFixed(0)} %`,
      row.signaturesPerS.toFixed(0),
    ]),
  );
}
