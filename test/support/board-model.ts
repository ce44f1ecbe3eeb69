import { silentLog } from '../../base/log.ts';
import { type Board, createBoard } from '../../hal/sim/board/board.ts';
import type { BoardCall } from '../../hal/sim/board/calls.ts';
import {
  blankMedium,
  createMemoryStorage,
  type Medium,
  type MemoryStorage,
} from '../../hal/sim/board/memory-storage.ts';
import type { Agent } from '../../hal/sim/board/power.ts';
import { orAborted } from '../../hal/sim/board/waits.ts';
import { type BoardHal, boardHal } from '../../hal/sim/client.ts';
import { defaultFloor } from '../../hal/sim/floor/floor-plan.ts';
import type { Floor } from '../../hal/sim/floor/grid.ts';
import { surveyTerrain } from '../../hal/sim/floor/terrain.ts';
import { type BoardClock, boardClock } from './board-clock.ts';

/** An agent that does only what the test says. */
export interface ModelAgent extends Agent {
  readonly slot: string;
  /** The signals that it received, in order. */
  readonly kills: readonly string[];
  end(detail: string): void;
}

/** A whole board in this process, on a clock that the test moves and a medium that outlives it. */
export interface ModelBoard extends AsyncDisposable {
  readonly board: Board;
  readonly hal: BoardHal;
  readonly clock: BoardClock;
  readonly storage: MemoryStorage;
  readonly medium: Medium;
  /** All agents that were started, oldest first. */
  readonly agents: readonly ModelAgent[];
  /** Ends when the power is cut, with what ended it. */
  readonly running: Promise<unknown>;
  /** Everything stops, nothing more is stored. */
  cutPower(): Promise<void>;
}

export interface ModelOptions {
  readonly medium?: Medium;
  readonly cutAt?: number;
  readonly floor?: Floor;
  readonly seed?: number;
  readonly clock?: BoardClock;
  /** Decides what an agent does at a signal to stop; without it the agent stops. */
  readonly isDeaf?: boolean;
  /** Without it the board has no clock that can be set. */
  readonly setClock?: (wallMs: number) => Promise<void>;
  readonly setClockBack?: (wallMs: number) => Promise<void>;
}

/** Switches a model board on. */
export async function modelBoard(options: ModelOptions = {}): Promise<ModelBoard> {
  const { medium = blankMedium(), clock = boardClock(), isDeaf = false } = options;
  const storage = createMemoryStorage(medium, options.cutAt);
  const agents: ModelAgent[] = [];
  const board = await createBoard({
    storage,
    clock,
    terrain: surveyTerrain(options.floor ?? defaultFloor()),
    seed: options.seed ?? 1,
    speed: 1,
    watchdogS: 20,
    random: () => 0.5,
    newId: uniqueId,
    log: silentLog,
    ...(options.setClock && { setClock: options.setClock }),
    ...(options.setClockBack && { setClockBack: options.setClockBack }),
    start(slot) {
      const agent = modelAgent(slot, { pid: agents.length + 1, isDeaf });
      agents.push(agent);
      return agent;
    },
  });
  const off = new AbortController();
  const booted = Promise.withResolvers<void>();
  const running = board.power
    .run(off.signal, () => booted.resolve())
    .catch((error: unknown) => error);
  await Promise.race([booted.promise, running]);
  const cutPower = async () => {
    storage.cut();
    off.abort();
    agents.at(-1)?.end('power cut');
    await running;
  };
  const call = ((op, params, signal) => orAborted(board.handle(op, params), signal)) as BoardCall;
  return {
    board,
    hal: boardHal({ call, onChanged: board.onChanged, openSlot: storage.openSlot }),
    clock,
    storage,
    medium,
    agents,
    running,
    cutPower,
    [Symbol.asyncDispose]: cutPower,
  };
}

/** A medium whose slot a holds a good image. */
export function flashedMedium(image: Uint8Array, sha256: string): Medium {
  const medium = blankMedium();
  medium.slots.set('a', image);
  medium.boot = JSON.stringify({
    v: 1,
    next: 'a',
    slots: { a: { state: 'good', sha256 }, b: { state: 'empty' } },
  });
  return medium;
}

function modelAgent(slot: string, options: { pid: number; isDeaf: boolean }): ModelAgent {
  const exited = Promise.withResolvers<string>();
  const kills: string[] = [];
  return {
    slot,
    kills,
    pid: options.pid,
    exited: exited.promise,
    end: exited.resolve,
    kill(how) {
      kills.push(how);
      if (how === 'force' || !options.isDeaf)
        exited.resolve(how === 'terminate' ? 'exit code 0' : 'killed by SIGKILL');
    },
  };
}

function uniqueId(): string {
  return crypto.randomUUID().slice(0, 8);
}
