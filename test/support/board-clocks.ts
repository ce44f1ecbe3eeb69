import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { powerOnClock } from '../../hal/sim/board/clock-file.ts';
import { boardFolder } from './board-folder.ts';
import { modelBoard } from './board-model.ts';
import { type BoardUnderTest, socketBoard } from './board-under-test.ts';

/** A board with a clock of its own, which has just come up in 1970. */
export interface ClockBoard extends Pick<BoardUnderTest, 'system' | typeof Symbol.asyncDispose> {
  /** What its clock shows, in ms since 1970. */
  clockMs(): Promise<number>;
}

/** What an agent would see by a clock file: the machine's clock and the offset in the file. */
export async function clockMsIn(file: string): Promise<number> {
  const [, offset] = /^([+-][\d.]+)s\n$/.exec(await readFile(file, 'utf8')) ?? [];
  return Date.now() + Number(offset) * 1000;
}

/** Writes a file for `--clock-file`; returns its path. */
export async function writeClockStart(folder: string, line = '@1970-01-01 00:00:00\n') {
  const path = join(folder, 'clock-start');
  await writeFile(path, line);
  return path;
}

export async function makeModelClockBoard(): Promise<ClockBoard> {
  const folder = await boardFolder();
  const file = join(folder.path, 'clock');
  const startFile = await writeClockStart(folder.path);
  const { setClock, setClockBack } = await powerOnClock({ startFile, file, wallMs: Date.now });
  const model = await modelBoard({ setClock, setClockBack });
  return {
    system: model.hal.system,
    clockMs: () => clockMsIn(file),
    async [Symbol.asyncDispose]() {
      await model[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export async function makeSocketClockBoard(): Promise<ClockBoard> {
  let file = '';
  const board = await socketBoard(async (folder) => {
    file = join(folder, 'clock');
    return ['--clock-file', await writeClockStart(folder)];
  });
  return { ...board, clockMs: () => clockMsIn(file) };
}
