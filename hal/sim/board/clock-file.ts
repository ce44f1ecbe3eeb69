import { readFile, rename, writeFile } from 'node:fs/promises';
import { codeOf, PilotfishError } from '../../../base/errors.ts';

/** A clock of the board's own, for agents that run under libfaketime. */
export interface ClockFile {
  /** Moves the clock forward to `wallMs`; one that is already ahead stays as it is. */
  setClock(wallMs: number): Promise<void>;
  /** Sets the clock back to `wallMs`; one that is already behind stays as it is. */
  setClockBack(wallMs: number): Promise<void>;
  /** The environment that makes an agent use this clock. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ClockFileOptions {
  /** The clock's value at power-on, in libfaketime's format. */
  readonly startFile: string;
  /** The file that holds the clock while there is power. */
  readonly file: string;
  /** The machine's own clock, ms since 1970. */
  readonly wallMs: () => number;
}

/** The path from Debian's package `libfaketime`; the dynamic linker resolves `$LIB` for each architecture. */
const library = '/usr/$LIB/faketime/libfaketime.so.1';

/**
 * Theory of operation. libfaketime reads a file each time the clock is read (`FAKETIME_NO_CACHE`), so one rename sets
 * the clock of a running agent. The file always holds an offset to the machine's clock (`-1767225600s`): an offset
 * keeps running, and is the same in an agent that is started later, while an absolute time (`@...`) restarts in each
 * process. Timers and durations are not affected (`FAKETIME_DONT_FAKE_MONOTONIC`).
 *
 * Like a board without a battery for its clock, it restarts at each power-on, from `startFile`: an offset (`+3600s`),
 * or a time in UTC (`@1970-01-01 00:00:00`). A reboot keeps it. Rejects with `config-clock-file`.
 */
export async function powerOnClock(options: ClockFileOptions): Promise<ClockFile> {
  const { file, wallMs } = options;
  let offsetMs = await readStart(options);
  const write = async () => {
    await writeFile(`${file}.new`, `${offsetMs < 0 ? '-' : '+'}${Math.abs(offsetMs) / 1000}s\n`, {
      mode: 0o600,
    });
    await rename(`${file}.new`, file);
  };
  const setOffset = async (isMove: (newOffsetMs: number) => boolean, toMs: number) => {
    const newOffsetMs = Math.round(toMs - wallMs());
    if (!isMove(newOffsetMs)) return;
    offsetMs = newOffsetMs;
    await write();
  };
  await write();
  return {
    setClock: (toMs) => setOffset((newOffsetMs) => newOffsetMs > offsetMs, toMs),
    setClockBack: (toMs) => setOffset((newOffsetMs) => newOffsetMs < offsetMs, toMs),
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_RESET: '1',
    },
  };
}

/** The clock's lead over the machine's at power-on, in ms. */
async function readStart({ startFile, wallMs }: ClockFileOptions): Promise<number> {
  const wrong = (what: string) =>
    new PilotfishError('config-clock-file', `${startFile} ${what}`, {
      hint: 'one line: @1970-01-01 00:00:00 (UTC), or an offset such as -3600s',
    });
  const line = await readFile(startFile, 'utf8').catch((error: unknown) => {
    throw wrong(`cannot be read (${codeOf(error)})`);
  });
  const [, offset] = /^([+-]\d{1,12}(?:\.\d+)?)s?\s*$/.exec(line) ?? [];
  if (offset !== undefined) return Math.round(Number(offset) * 1000);
  const [, date, time] = /^@(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\s*$/.exec(line) ?? [];
  const startMs = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(startMs)) throw wrong('has no time in the format of libfaketime');
  return Math.round(startMs - wallMs());
}
