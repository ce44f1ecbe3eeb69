import { closeSync, fdatasyncSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../agent/io/store.ts';
import type { Store } from '../../agent/kernel/ports.ts';
import { systemClock } from '../../base/clock.ts';
import { type Command, command } from '../../base/command.ts';
import { putOnFlash } from './flash.ts';
import { createRecorder, type Recorder } from './missions-recorder.ts';
import { textTable } from './table.ts';

interface Measured {
  readonly rates: readonly Rate[];
  /** Bytes written to the device for each mission; null without root, which mounting needs. */
  readonly wear: { readonly inARow: number; readonly hoursApart: number } | null;
}

interface Rate {
  readonly what: string;
  readonly perS: number;
  /** Relative to the least cost of a durable record; the goal is 0.5. */
  readonly ratio: number;
}

export const storeBench: Command = command({
  summary: 'what a report costs the disk: enqueued per second; as root, bytes on a loop device too',
  options: {
    seconds: {
      type: 'number',
      default: 10,
      min: 1,
      max: 600,
      describe: 'how long the rates are measured',
    },
    dir: { type: 'string', describe: 'a folder on the disk to measure (default: the temporary)' },
    missions: {
      type: 'integer',
      default: 1000,
      min: 10,
      max: 10_000,
      describe: 'over how many missions the wear is measured',
    },
    json: { type: 'boolean', describe: 'one JSON object' },
  },
  async run({ seconds, dir, missions, json }, io) {
    const folder = await mkdtemp(join(dir ?? tmpdir(), 'pilotfish-bench-'));
    try {
      io.err(`rates, ${seconds} s ...`);
      const rates = measureRates(folder, seconds);
      if (process.getuid?.() === 0)
        io.err('wear, on a file system of its own, about half a minute ...');
      const measured: Measured = {
        rates,
        wear: process.getuid?.() === 0 ? await measureWear(missions) : null,
      };
      io.out(json ? JSON.stringify({ ...measured, node: process.version }) : tableOf(measured));
      return 0;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});

/**
 * Alternates in turns of a tenth of a second on one disk, so that other load slows both. The median of the turns
 * counts.
 */
function measureRates(folder: string, seconds: number) {
  using plain = plainFile(join(folder, 'plain'));
  using few = openStore(join(folder, 'few.db'));
  using full = openStore(join(folder, 'full.db'));
  const operations = [
    { what: '300 bytes into a pre-zeroed file, fdatasync', operation: plain.append },
    { what: 'a report enqueued, with 50 kept', operation: enqueuer(few, 50) },
    { what: 'a report enqueued, with 500 kept', operation: enqueuer(full, 500) },
  ];
  const turns = Array.from({ length: Math.ceil(seconds / (operations.length * turnS)) }, () =>
    operations.map(({ operation }) => perSecond(turnS, operation)),
  );
  return operations.map(({ what }, at): Rate => {
    const perS = median(turns.map((turn) => turn[at] ?? 0));
    return { what, perS, ratio: median(turns.map((turn) => (turn[at] ?? 0) / (turn[0] ?? 1))) };
  });
}

/** From the body's report that a mission has ended to its report on disk. */
function enqueuer(store: Store, kept: number): () => void {
  const recorder = createRecorder(store, kept);
  for (let n = 0; n < kept; n++) recordMission(recorder);
  let enqueued = 0;
  return () => {
    recorder.end();
    enqueued += 1;
    // The cloud confirms several at once, and its confirmation costs no write of its own.
    if (enqueued % 8 === 0) recorder.confirm();
  };
}

const median = (values: readonly number[]): number =>
  [...values].sort((x, y) => x - y)[Math.floor(values.length / 2)] ?? 0;

const turnS = 0.1;

/** The least cost of a durable record: 300 bytes into a preallocated file, and fdatasync. */
function plainFile(path: string): Disposable & { append(): void } {
  const recordBytes = 300;
  const zeros = Buffer.alloc(8 * 1024 * 1024);
  const file = openSync(path, 'wx+');
  writeSync(file, zeros);
  fsyncSync(file);
  const record = Buffer.alloc(recordBytes, 'x');
  let at = 0;
  return {
    append() {
      at = (at + recordBytes) % (zeros.byteLength - recordBytes);
      writeSync(file, record, 0, recordBytes, at);
      fdatasyncSync(file);
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

function recordMission({ open, end, confirm }: Recorder): void {
  open();
  end();
  confirm();
}

function perSecond(seconds: number, operation: () => void): number {
  const startMs = systemClock.monoMs();
  const endMs = startMs + seconds * 1000;
  let count = 0;
  let now = startMs;
  for (; now < endMs; now = systemClock.monoMs()) {
    operation();
    count += 1;
  }
  return count / ((now - startMs) / 1000);
}

/**
 * In a row, as stores are usually compared; and hours apart, as missions happen: the kernel flushes between any two
 * steps, so no write is shared by two of them.
 */
async function measureWear(missions: number): Promise<Measured['wear']> {
  const folder = await mkdtemp(join(tmpdir(), 'pilotfish-flash-'));
  try {
    await using flash = await putOnFlash(folder);
    using store = openStore(join(folder, 'store.db'));
    const recorder = createRecorder(store, 500);
    for (let n = 0; n < 500; n++) recordMission(recorder);
    const before = await flash.written();
    for (let n = 0; n < missions; n++) recordMission(recorder);
    const between = await flash.written();
    const apart = Math.ceil(missions / 4);
    for (let n = 0; n < apart; n++) {
      for (const step of [recorder.open, recorder.end, recorder.confirm]) {
        step();
        await flash.written();
      }
    }
    const after = await flash.written();
    return { inARow: (between - before) / missions, hoursApart: (after - between) / apart };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function tableOf({ rates: measured, wear }: Measured): string {
  const rates = textTable(
    ['what is on disk when it returns', 'per second', 'ratio'],
    measured.map(({ what, perS, ratio }) => [what, Math.round(perS), ratio.toFixed(2)]),
  );
  const kib = (bytes: number) => (bytes / 1024).toFixed(1);
  const worn =
    wear === null
      ? 'bytes written to the device: not measured (needs root, who may mount)'
      : textTable(
          ['a mission without a map: begun, ended, confirmed', 'KiB to the device'],
          [
            ['one after the other', kib(wear.inARow)],
            ['hours apart', kib(wear.hoursApart)],
          ],
        );
  return `${rates}\n\n${worn}`;
}
