import { randomBytes, randomInt } from 'node:crypto';
import { access, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { usage } from '../../base/cli.ts';
import { systemClock } from '../../base/clock.ts';
import type { CliIo } from '../../base/command.ts';
import { PilotfishError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { createBench } from './bench.ts';
import { AgentLog } from './board/agent-log.ts';
import { type SendSignal, startAgentProcess } from './board/agent-process.ts';
import { type Board, createBoard } from './board/board.ts';
import { powerOnClock } from './board/clock-file.ts';
import { checkFlashed, openFileStorage, slotImage } from './board/file-storage.ts';
import { defaultFloor } from './floor/floor-plan.ts';
import { readMapFile } from './floor/map-file.ts';
import { surveyTerrain } from './floor/terrain.ts';
import { checkSocketPath, serveLines } from './wire/server.ts';

const TICK_MS = 50;
/** Bounds one step of time, so that the robot does not race after the machine has slept. */
const TICK_MS_MAX = 1000;

export interface RunOptions {
  readonly dir: string;
  readonly map: string | undefined;
  readonly speed: number;
  readonly seed: number;
  readonly agentConfig: string | undefined;
  readonly watchdogS: number;
  /** The board's own clock at power-on; without it the agent uses the machine's clock, and cannot set it. */
  readonly clockFile: string | undefined;
  /** Whether setting that clock is refused, as by a board that does not grant the privilege. */
  readonly isClockLocked: boolean;
  /** The agent's environment; `PILOTFISH_BOARD` is added. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sendSignal: SendSignal;
  /** The id of this process. */
  readonly pid: number;
}

/**
 * `sim-board run`: the board with power on, until it is stopped. Prints one JSON line when its sockets accept
 * connections and its slot has booted. Throws `config-...`, `map-...`, `board-unflashed`, `board-in-use`,
 * `board-memory`.
 */
export async function runBoard(options: RunOptions, io: CliIo, log: Log): Promise<number> {
  const { signal } = io;
  const { speed, seed, watchdogS } = options;
  const dir = resolve(options.dir);
  const [socket, bench] = [join(dir, 'board.sock'), join(dir, 'bench.sock')];
  checkSocketPath(bench);
  const agentArgs = await agentArguments(options.agentConfig);
  const terrain = surveyTerrain(
    options.map === undefined ? defaultFloor() : { grid: await readMapFile(options.map) },
  );
  await checkFlashed(dir);
  const storage = await openFileStorage(dir, log);
  // The bench's socket is the lock: it is opened before anything is read or changed.
  let board: Board | undefined;
  await using _bench = await serveLines({
    path: bench,
    log,
    handle: async (op, params) => {
      if (board === undefined) throw new PilotfishError('unavailable', 'the board is starting');
      const hands = {
        cutPower: () => cutPower(board, options),
        damageSlot: (slot: string) => damageImage(slotImage(dir, slot)),
      };
      return createBench(board, hands)(op, params);
    },
  });
  const clock =
    options.clockFile === undefined
      ? undefined
      : await powerOnClock({
          startFile: options.clockFile,
          file: join(dir, 'clock'),
          wallMs: systemClock.wallMs,
        });
  using agentLog = new AgentLog(join(dir, 'agent.log'));
  board = await createBoard({
    storage,
    terrain,
    seed,
    speed,
    watchdogS,
    log,
    clock: systemClock,
    random: () => randomInt(2 ** 32) / 2 ** 32,
    newId: () => randomBytes(6).toString('hex'),
    isClockSynced: clock === undefined,
    ...(clock &&
      !options.isClockLocked && { setClock: clock.setClock, setClockBack: clock.setClockBack }),
    start: (slot) =>
      startAgentProcess({
        image: slotImage(dir, slot),
        args: agentArgs,
        env: { ...options.env, ...clock?.env, PILOTFISH_BOARD: socket },
        sendSignal: options.sendSignal,
        onOutput: (chunk) => agentLog.write(chunk),
      }),
  });
  const { handle, onChanged, power } = board;
  await using _socket = await serveLines({ path: socket, handle, onChanged, log });
  using _body = keepBodyGoing(board, speed);
  let isReady = false;
  await power.run(signal, (booted) => {
    if (isReady) return;
    isReady = true;
    const { bootId } = power;
    io.out(JSON.stringify({ ready: true, dir, socket, bench, bootId, booted: booted ?? null }));
  });
  await board.checkpoint();
  return 0;
}

function keepBodyGoing(board: Board, speed: number): Disposable {
  let lastMs = systemClock.monoMs();
  let cancel = () => {};
  const tick = () => {
    const nowMs = systemClock.monoMs();
    board.advance((Math.min(nowMs - lastMs, TICK_MS_MAX) / 1000) * speed);
    lastMs = nowMs;
    cancel = systemClock.after(TICK_MS, tick);
  };
  tick();
  return { [Symbol.dispose]: () => cancel() };
}

/** In a new file: the file of a running program cannot be written to, and the program keeps the old one. */
async function damageImage(image: string): Promise<void> {
  const bytes = await readFile(image);
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  await writeFile(`${image}.new`, bytes, { mode: 0o755 });
  await rename(`${image}.new`, image);
}

/** Stops everything at once, without storing or notifying. */
function cutPower(board: Board | undefined, { sendSignal, pid }: RunOptions): void {
  board?.power.agent?.kill('force');
  sendSignal(pid, 'SIGKILL');
}

async function agentArguments(config: string | undefined): Promise<string[]> {
  if (config === undefined) return ['run'];
  try {
    await access(config);
  } catch {
    throw usage(`--agent-config is "${config}", expected a file that can be read`);
  }
  return ['run', '--config', resolve(config)];
}
