import { join } from 'node:path';
import { connectLines } from '../../hal/sim/wire/link.ts';
import type { BenchStatus } from '../../tools/demo/board.ts';
import type { World } from '../../tools/demo/world.ts';
import { writeClockStart } from './board-clocks.ts';
import type { Part } from './system-part.ts';
import type { Wait } from './system-wait.ts';

/** The simulated board as a process, and the test bench's hand on it. */
export interface BoardUnderTest {
  /** Switches it on. */
  start(): Promise<void>;
  /** Presses its button: it begins to clean. */
  press(): Promise<void>;
  /** By the test bench, in this very moment; resolves when all of it is dark. */
  cutPower(): Promise<void>;
  /** The command line that cuts the power. */
  readonly cutCommand: readonly string[];
  /** Resolves when the power is cut, whoever has cut it. */
  dark(): Promise<void>;
  /** What `sim-board bench --do status` prints, without a process for each poll. */
  status(): Promise<BenchStatus>;
}

export interface Flashed {
  /** The first image, for slot a. */
  readonly image: string;
  /** A map_server YAML file. */
  readonly map: string;
  /** How many times as fast as the wall's the body's clock runs. */
  readonly speed: number;
  /** A clock of the board's own, as libfaketime writes what it shows at power-on; `locked`: it cannot be set. */
  readonly clock?: { readonly start: string; readonly locked?: boolean };
}

/** Flashes a new board, as the factory does, and switches it on. */
export async function startBoard(
  { places, programs, processes }: World,
  { part, until }: { part: Part; until: Wait },
  { image, map, speed, clock }: Flashed,
): Promise<BoardUnderTest> {
  const { simBoard } = programs;
  const dir = ['--dir', places.board];
  const cut = ['bench', ...dir, '--do', 'cut-power'];
  const run = ['run', ...dir, '--agent-config', places.config, '--map', map, '--speed', `${speed}`];
  if (clock !== undefined) {
    run.push('--clock-file', await writeClockStart(places.dir, clock.start));
    if (clock.locked) run.push('--clock-locked');
  }
  const board: BoardUnderTest = {
    start: async () => void (await part.start(simBoard, run)),
    async cutPower() {
      await processes.run(simBoard, cut);
      await board.dark();
    },
    press: async () => void (await callBench(places.board, 'press-button')),
    cutCommand: [simBoard.command, ...simBoard.args, ...cut],
    dark: async () =>
      void (await until('the board to go dark', async () => part.hasFallen || undefined)),
    status: async () => (await callBench(places.board, 'status')) as BenchStatus,
  };
  await processes.run(simBoard, ['flash', ...dir, '--image', image, '--slot', 'a']);
  await board.start();
  return board;
}

async function callBench(boardFolder: string, request: string): Promise<unknown> {
  const { signal } = new AbortController();
  await using link = await connectLines(join(boardFolder, 'bench.sock'), signal);
  return await link.call(request, {}, signal);
}
