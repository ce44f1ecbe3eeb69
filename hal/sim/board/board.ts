import { explain } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import { Body } from '../body/body.ts';
import type { Terrain } from '../floor/terrain.ts';
import { Boot } from './boot.ts';
import type { Handle } from './calls.ts';
import { createCore } from './core.ts';
import { createKeeper } from './keeper.ts';
import { Power, type PowerOptions } from './power.ts';
import type { BoardStorage } from './storage.ts';

export interface BoardOptions extends Omit<PowerOptions, 'boot' | 'newBootId'> {
  readonly storage: BoardStorage;
  readonly terrain: Terrain;
  readonly seed: number;
  /** Body seconds per second of the clock. */
  readonly speed: number;
  /** An id that was never given before: 1-32 characters of `[A-Za-z0-9_-]`. */
  readonly newId: () => string;
  /** Moves the clock that the agent sees forward; see `System`. */
  readonly setClock?: (wallMs: number) => Promise<void>;
  readonly setClockBack?: (wallMs: number) => Promise<void>;
  /** False when it is not said: nothing is known of the clock. */
  readonly isClockSynced?: boolean;
}

/** A board with power: body, slots, supervisor. Whoever holds it moves its body's time and runs it. */
export interface Board {
  readonly body: Body;
  readonly boot: Boot;
  readonly power: Power;
  /** What the agent's side may ask. */
  readonly handle: Handle;
  /** Calls `listener` when the body is worth a new look. Returns the unsubscriber. */
  readonly onChanged: (listener: () => void) => () => void;
  /** Lets the body live for `dtS` seconds of its own time. */
  advance(dtS: number): void;
  /** Tells listeners and stores what has changed; for whoever has touched the body directly. */
  looked(): void;
  /** Resolves when all that was changed is stored. */
  flushed(): Promise<void>;
  /** Stores all that is true of the body now: for a power that goes with notice. */
  checkpoint(): Promise<void>;
}

/**
 * Switches a board on: loads what survived, and stores at once what the power cut meant for the body. Nothing runs yet:
 * call `power.run` for the agent and `advance` for the body. No timers but the clock's, no IO but storage's and `start`'s, so
 * that it lives in the simulated world as well.
 */
export async function createBoard(options: BoardOptions): Promise<Board> {
  const { storage, terrain, seed, speed, newId, clock, log, watchdogS } = options;
  const stored = await storage.load();
  const body = new Body({
    terrain,
    seed,
    speed,
    wallMs: () => clock.wallMs(),
    bodyId: newId(),
    memory: stored.body,
    maps: stored.maps,
  });
  const boot = new Boot(storage, log, stored.boot);
  const power = new Power({ ...options, boot, newBootId: newId });
  const keeper = createKeeper(body, storage, stored.maps.keys());
  await keeper.flushed();

  const listeners = new Set<() => void>();
  let seen = body.look;
  const looked = () => {
    if (body.look === seen) return;
    seen = body.look;
    for (const listener of listeners) listener();
    keeper.flushed().catch((error) => storeFailed(log, error));
  };
  return {
    body,
    boot,
    power,
    handle: createCore({
      ...{ body, boot, keeper, power, storage, clock, watchdogS, looked },
      setClock: options.setClock,
      setClockBack: options.setClockBack,
      isClockSynced: options.isClockSynced ?? false,
    }),
    looked,
    flushed: () => keeper.flushed(),
    checkpoint() {
      body.checkpoint();
      return keeper.flushed();
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    advance(dtS) {
      body.advance(dtS);
      looked();
    },
  };
}

function storeFailed(log: Log, error: unknown): void {
  log.error({ code: 'board-storage' }, `the body's memory cannot be stored: ${explain(error)}`);
}
