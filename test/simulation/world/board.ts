import { silentLog } from '../../../base/log.ts';
import type { BodyMission, BodySnapshot } from '../../../hal/robot-body.ts';
import { type Board, createBoard } from '../../../hal/sim/board/board.ts';
import type { Agent } from '../../../hal/sim/board/power.ts';
import { BLANK_BOOT, factoryFlashed } from '../../../hal/sim/board/slots.ts';
import { FREE, type Grid, OCCUPIED } from '../../../hal/sim/floor/grid.ts';
import { surveyTerrain, type Terrain } from '../../../hal/sim/floor/terrain.ts';
import type { BoardClock } from './clock.ts';
import { WorldFiles } from './files.ts';
import { bytesOf, type Image, sha256Of } from './images.ts';
import { type Medium, type MediumStorage, mediumStorage } from './medium.ts';

/** Body seconds per second: a slow robot takes as long for a small room as a normal one for a flat. */
const speed = 0.15;
const watchdogS = 3600;
/** The interval between two updates of a moving body, and of a charging one. */
const movingMs = 20_000;
const chargingMs = 600_000;

/** A small room of 2 by 1.6 metres, so that a mission costs the world little. */
export function smallRoom(): Terrain {
  const [width, height] = [40, 32];
  const cells = new Uint8Array(width * height).fill(FREE);
  for (let i = 0; i < cells.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1) cells[i] = OCCUPIED;
  }
  const grid: Grid = { width, height, resolution: 0.05, origin: { x: 0, y: 0 }, cells };
  return surveyTerrain({ grid });
}

export interface BoardParts {
  readonly clock: BoardClock;
  readonly seed: number;
  readonly draw: () => number;
  readonly image: Image;
  /** Starts the agent in a slot. */
  readonly start: (slot: string) => Agent;
  /** Called at each boot with the slot that runs. */
  readonly booted: (slot: string | undefined) => void;
  /** Called at every point at which an end may be scheduled. */
  readonly reach: (point: string) => void;
  /** Called after each change of the medium. */
  readonly changed: (what: string) => void;
}

/**
 * The simulated board's own model (body, slots, boot loader, supervisor) on the world's clock. Its medium survives
 * without power. The body is advanced on each poll, and regularly while it is busy.
 */
export class WorldBoard {
  readonly medium: Medium;
  /** Every mission that the body ever ended, by its id. */
  readonly ended = new Map<string, BodyMission>();
  readonly #parts: BoardParts;
  #power: { board: Board; storage: MediumStorage; off: AbortController } | undefined;
  #powerOns = 0;
  #ids = 0;
  #movedMs = 0;
  #cancelMove = () => {};

  constructor(parts: BoardParts) {
    this.#parts = parts;
    const bytes = bytesOf(parts.image);
    this.medium = {
      body: undefined,
      boot: factoryFlashed(BLANK_BOOT, 'a', sha256Of(bytes)),
      maps: new Map(),
      slots: new WorldFiles(),
    };
    this.medium.slots.write('a', bytes);
    this.medium.slots.sync('a');
    this.medium.slots.syncFolder();
  }

  get isOn(): boolean {
    return this.#power !== undefined;
  }

  /** The board while it has power. */
  get board(): Board | undefined {
    this.#move();
    return this.#power?.board;
  }

  get storage(): MediumStorage | undefined {
    return this.#power?.storage;
  }

  snapshot(): BodySnapshot | undefined {
    return this.board?.body.snapshot();
  }

  async powerOn(): Promise<void> {
    const { clock, seed, draw, start, booted, reach, changed } = this.#parts;
    const mine = ++this.#powerOns;
    const isOn = () => mine === this.#powerOns;
    const off = new AbortController();
    const storage = mediumStorage(this.medium, { isOn, reach, changed });
    clock.powerOn();
    this.#movedMs = clock.monoMs();
    const board = await createBoard({
      ...{ storage, seed, speed, watchdogS, clock, start, terrain },
      random: draw,
      newId: () => `b${seed}-${++this.#ids}`,
      log: silentLog,
      setClock: async (wallMs) => {
        clock.aheadMs += Math.max(0, wallMs - clock.wallMs());
      },
      setClockBack: async (wallMs) => {
        clock.aheadMs += Math.min(0, wallMs - clock.wallMs());
      },
    });
    if (!isOn()) return;
    this.#power = { board, storage, off };
    this.#note(board);
    board.onChanged(() => this.#note(board));
    void board.power.run(off.signal, booted).catch((error: unknown) => {
      if (isOn()) throw error;
    });
    this.#arrange();
  }

  /** Everything stops at once; what is not stored is lost. */
  cutPower(): void {
    this.#move();
    this.#powerOns++;
    const power = this.#power;
    this.#power = undefined;
    this.#cancelMove();
    power?.off.abort();
    power?.board.power.agent?.kill('force');
  }

  /** Reports a change that was made to the body by hand. */
  touched(): void {
    this.#power?.board.noteChange();
    this.#arrange();
  }

  /** Advances the body to the current time. */
  #move(): void {
    const power = this.#power;
    const nowMs = this.#parts.clock.monoMs();
    const dtMs = nowMs - this.#movedMs;
    if (power === undefined || dtMs <= 0) return;
    this.#movedMs = nowMs;
    power.board.advance((dtMs / 1000) * speed);
  }

  #arrange(): void {
    this.#cancelMove();
    const { phase, batteryPct } = this.#power?.board.body.snapshot() ?? {};
    if (phase === undefined || phase === 'stop') return;
    if (phase === 'charge' && batteryPct === 100) return;
    this.#cancelMove = this.#parts.clock.after(phase === 'charge' ? chargingMs : movingMs, () => {
      this.#move();
      this.#arrange();
    });
  }

  #note(board: Board): void {
    for (const mission of board.body.memory.ended) this.ended.set(mission.id, mission);
  }
}

const terrain = smallRoom();
