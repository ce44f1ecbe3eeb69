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
  /** An id that was never used before: 1-32 characters of `[A-Za-z0-9_-]`. */
  readonly newId: () => string;
  /** Moves the clock of the agent forward; see `System`. */
  readonly setClock?: (wallMs: number) => Promise<void>;
  readonly setClockBack?: (wallMs: number) => Promise<void>;
  /** False by default: it is not known whether the clock is synchronised. */
  readonly isClockSynced?: boolean;
}

/** A board with power: body, slots, supervisor. Its owner advances the body's time and runs it. */
export interface Board {
  readonly body: Body;
  readonly boot: Boot;
  readonly power: Power;
  /** Handles the agent's requests. */
  readonly handle: Handle;
  /** Calls `listener` when a new poll of the body is worthwhile. Returns the unsubscriber. */
  readonly onChanged: (listener: () => void) => () => void;
  /** Advances the body by `dtS` seconds of its own time. */
  advance(dtS: number): void;
  /** Notifies listeners and stores the changes; for a caller that has changed the body directly. */
  noteChange(): void;
  /** Resolves when all changes are stored. */
  flushed(): Promise<void>;
  /** Stores the body's complete current state: for a power-off with notice. */
  checkpoint(): Promise<void>;
}

/**
 * Switches a board on: loads what survived, and stores at once the effect of the power cut on the body. Nothing runs
 * yet: call `power.run` for the agent and `advance` for the body. It has no timers but the clock's and no IO but
 * storage's and `start`'s, so that it runs in the simulated world as well.
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
  let seen = body.snapshotVersion;
  const noteChange = () => {
    if (body.snapshotVersion === seen) return;
    seen = body.snapshotVersion;
    for (const listener of listeners) listener();
    keeper.flushed().catch((error) => storeFailed(log, error));
  };
  return {
    body,
    boot,
    power,
    handle: createCore({
      ...{ body, boot, keeper, power, storage, clock, watchdogS, noteChange },
      setClock: options.setClock,
      setClockBack: options.setClockBack,
      isClockSynced: options.isClockSynced ?? false,
    }),
    noteChange,
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
      noteChange();
    },
  };
}

function storeFailed(log: Log, error: unknown): void {
  log.error({ code: 'board-storage' }, `the body's memory cannot be stored: ${explain(error)}`);
}
