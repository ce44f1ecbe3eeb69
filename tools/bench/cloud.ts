import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { usage } from '../../base/cli.ts';
import { type CliIo, type Command, command } from '../../base/command.ts';
import { kinds, type MessageKind } from './cloud/messages.ts';
import type { Rate, Rates } from './cloud/worker.ts';
import { textTable } from './table.ts';

const run = promisify(execFile);
const here = fileURLToPath(new URL('../..', import.meta.url));
const worker = fileURLToPath(new URL('./cloud/worker.ts', import.meta.url));

interface Measured {
  readonly kind: MessageKind;
  readonly rate: Rate;
  /** Of the other checkout's rate; the median over the rounds. */
  readonly ratio?: Rate;
}

export const cloudBench: Command = command({
  summary: 'messages a second of one cloud process, each stored durably; beside another checkout',
  options: {
    beside: { type: 'string', value: 'FOLDER', describe: 'another checkout, measured alternately' },
    rounds: { type: 'integer', default: 7, min: 1, max: 100, describe: 'processes of each' },
    messages: {
      type: 'integer',
      default: 2000,
      min: 100,
      max: 100_000,
      describe: 'of each kind, in each process',
    },
    json: { type: 'boolean', describe: 'one JSON object' },
  },
  async run({ beside, rounds, messages, json }, io) {
    const other = beside === undefined ? undefined : resolve(beside);
    if (other !== undefined && !existsSync(`${other}/cloud-stub/cloud.ts`)) {
      throw usage(`--beside is ${beside}`, 'expected the folder of a checkout of this project');
    }
    const ours: Rates[] = [];
    const theirs: Rates[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      io.err(`round ${round} of ${rounds}`);
      ours.push(await ratesOf(here, messages, io));
      if (other !== undefined) theirs.push(await ratesOf(other, messages, io));
    }
    const rows = kinds.map((kind) => summarize(kind, ours, theirs));
    io.out(json ? JSON.stringify({ node: process.version, rows }) : tableOf(rows));
    return 0;
  },
});

async function ratesOf(root: string, messages: number, { signal }: CliIo): Promise<Rates> {
  const args = [worker, root, String(messages)];
  const { stdout } = await run(process.execPath, args, { signal });
  return JSON.parse(stdout) as Rates;
}

function summarize(kind: MessageKind, ours: readonly Rates[], theirs: readonly Rates[]): Measured {
  const medianOf = (of: (rates: Rates, round: number) => number) => median(ours.map(of));
  const rate = {
    perS: medianOf((rates) => rates[kind].perS),
    perCpuS: medianOf((rates) => rates[kind].perCpuS),
  };
  if (theirs.length === 0) return { kind, rate };
  const ratioOf = (of: keyof Rate) =>
    medianOf((rates, round) => rates[kind][of] / (theirs[round]?.[kind][of] ?? Number.NaN));
  return { kind, rate, ratio: { perS: ratioOf('perS'), perCpuS: ratioOf('perCpuS') } };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const tableOf = (rows: readonly Measured[]): string =>
  textTable(
    ['messages', 'per s', 'per CPU s', 'of the other', 'of its CPU s'],
    rows.map(({ kind, rate, ratio }) => [
      ...[kind, rate.perS.toFixed(0), rate.perCpuS.toFixed(0)],
      ...[ratio?.perS.toFixed(2) ?? '-', ratio?.perCpuS.toFixed(2) ?? '-'],
    ]),
  );
