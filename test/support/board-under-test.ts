import { createHash } from 'node:crypto';
import type { ImageSource } from '../../hal/installer.ts';
import type { BoardHal } from '../../hal/sim/client.ts';
import { connectBoard } from '../../hal/sim/client.ts';
import { boardFolder } from './board-folder.ts';
import { idleAgent } from './board-images.ts';
import { emptyRoom, writeMap } from './board-maps.ts';
import { flashedMedium, modelBoard } from './board-model.ts';
import { flashBoard, hostSimBoard } from './board-process.ts';

/** A board that contract suites can run on, whatever it is made of. */
export interface BoardUnderTest extends BoardHal, AsyncDisposable {
  /** Lets some time go by: enough of them end a mission and a reboot. */
  pass(): Promise<void>;
  /** An image that the board can boot and that then runs without doing anything; another one for each stamp. */
  image(stamp: string): Uint8Array;
}

export type MakeBoard = () => Promise<BoardUnderTest>;

/** Polls until the answer satisfies, letting time pass in between; fails after `tries`. */
export async function eventually<T>(
  board: BoardUnderTest,
  poll: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  tries = 2000,
): Promise<T> {
  let answer = await poll();
  for (let n = 0; !satisfies(answer); n++) {
    if (n >= tries) throw new Error(`never came true; last: ${JSON.stringify(answer)}`);
    await board.pass();
    answer = await poll();
  }
  return answer;
}

/** An image as the installer reads it, in pieces. */
export function imageSource(
  slot: string,
  image: Uint8Array,
  changes: Partial<ImageSource> = {},
): ImageSource {
  return {
    slot,
    length: image.length,
    sha256: sha256(image),
    chunks: pieces(image, 16),
    ...changes,
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The bytes in pieces. */
export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The simulated board's model in this process. */
export const makeModelBoard: MakeBoard = async () => {
  const first = idleAgent('first');
  const model = await modelBoard({ medium: flashedMedium(first, sha256(first)) });
  return {
    ...model.hal,
    image: idleAgent,
    async pass() {
      model.board.advance(20);
      await model.clock.pass(100);
    },
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
};

/** The simulated board over its real socket, with an agent that does nothing. */
export const makeSocketBoard: MakeBoard = () => socketBoard();

/** The same with more options of `sim-board run`, which may need to know the board's folder. */
export async function socketBoard(
  more: (folder: string) => Promise<readonly string[]> = async () => [],
): Promise<BoardUnderTest> {
  const folder = await boardFolder();
  await flashBoard(folder.path, idleAgent('first'));
  const board = await hostSimBoard(
    folder.path,
    ...['--map', await writeMap(folder.path, emptyRoom(72, 72))],
    // Slow enough for a test to be quicker than the robot, fast enough to see it finish.
    ...['--speed', '100', '--watchdog-s', '600'],
    ...(await more(folder.path)),
  );
  const connection = await connectBoard(board.ready.socket, new AbortController().signal);
  return {
    ...connection,
    image: idleAgent,
    pass: () => new Promise((resolve) => setTimeout(resolve, 10)),
    async [Symbol.asyncDispose]() {
      await connection[Symbol.asyncDispose]();
      await board[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
