import { closeSync, fdatasyncSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../agent/io/store.ts';
import { type Command, command } from '../../base/cli.ts';
import { systemClock } from '../../base/clock.ts';
import { putOnFlash } from './flash.ts';
import { createRecorder, type Recorder } from './missions-recorder.ts';
import { textTable } from './table.ts';

interface Measured {
  readonly appendsPerS: number;
  readonly endsPerS: number;
  /** Ends of appends; the store's goal is 0.5. */
  readonly ratio: number;
  /** Bytes a mission costs the device; null without root, who may mount. */
  readonly wear: { readonly inARow: number; readonly hoursApart: number } | null;
}

export const storeBench: Command = command({
  summary: 'what a mission report costs the disk: ends per second, bytes written to the flash',
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
      type: 'number',
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
      io.err('rates ...');
      const rates = measureRates(folder, seconds);
      if (process.getuid?.() === 0) io.err('wear, on a file system of its own ...');
      const measured: Measured = {
        ...rates,
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
 * Both by turns, a tenth of a second each, on one disk: whatever else it has to do slows both. The median of the turns counts.
 */
function measureRates(folder: string, seconds: number) {
  using plain = plainFile(join(folder, 'plain'));
  using store = openStore(join(folder, 'store.db'));
  const recorder = createRecorder(store);
  // The outbox is full, as it is after a year.
  for (let n = 0; n < 500; n++) mission(recorder);
  const turns = Array.from({ length: Math.ceil(seconds / (2 * turnS)) }, () => {
    const appendsPerS = perSecond(turnS, plain.append);
    // From the body's word that the mission has ended to its report on disk.
    const endsPerS = perSecond(turnS, recorder.end);
    recorder.confirm();
    return { appendsPerS, endsPerS, ratio: endsPerS / appendsPerS };
  });
  const median = (of: (turn: (typeof turns)[number]) => number): number =>
    turns.map(of).sort((x, y) => x - y)[Math.floor(turns.length / 2)] ?? 0;
  return {
    appendsPerS: median((turn) => turn.appendsPerS),
    endsPerS: median((turn) => turn.endsPerS),
    ratio: median((turn) => turn.ratio),
  };
}

const turnS = 0.1;

/** The least that a durable record can cost: 300 bytes into a file that is there in full, and fdatasync. */
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

function mission({ open, end, confirm }: Recorder): void {
  open();
  end();
  confirm();
}

function perSecond(seconds: number, act: () => void): number {
  const begun = systemClock.monoMs();
  const endMs = begun + seconds * 1000;
  let count = 0;
  let now = begun;
  for (; now < endMs; now = systemClock.monoMs()) {
    act();
    count += 1;
  }
  return count / ((now - begun) / 1000);
}

/**
 * In a row, as stores are compared; and hours apart, as they happen: the kernel has written all it knows between any
 * two steps, so nothing is written once for two.
 */
async function measureWear(missions: number): Promise<Measured['wear']> {
  const folder = await mkdtemp(join(tmpdir(), 'pilotfish-flash-'));
  try {
    await using flash = await putOnFlash(folder);
    using store = openStore(join(folder, 'store.db'));
    const recorder = createRecorder(store);
    for (let n = 0; n < 500; n++) mission(recorder);
    const before = await flash.written();
    for (let n = 0; n < missions; n++) mission(recorder);
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

function tableOf({ appendsPerS, endsPerS, ratio, wear }: Measured): string {
  const rates = textTable(
    ['what is on disk when it returns', 'per second', 'ratio'],
    [
      ['300 bytes into a pre-zeroed file, fdatasync', Math.round(appendsPerS), '1.00'],
      ['a mission ended: its report enqueued', Math.round(endsPerS), ratio.toFixed(2)],
    ],
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
