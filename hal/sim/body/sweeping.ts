import type { Terrain } from '../floor/terrain.ts';
import { type Coverage, createCoverage } from './coverage.ts';
import type { Driver } from './driver.ts';
import { roundTo } from './mission-log.ts';

/** The floor work of one mission: its passes and their progress. */
export class Sweeping {
  readonly #terrain: Terrain;
  readonly #coverage: Coverage;
  #passesLeft: number;
  /** The cells left in the pass at the last call of `hasGained`. */
  #leftBefore: number;

  constructor(terrain: Terrain, passes: number) {
    this.#terrain = terrain;
    this.#coverage = createCoverage(terrain);
    this.#passesLeft = passes;
    this.#leftBefore = this.#coverage.leftCells;
  }

  /** 1 for each cleaned cell. */
  get cleaned(): Uint8Array {
    return this.#coverage.cleaned;
  }

  get cleanedM2(): number {
    return areaM2(this.#terrain, this.#coverage.cleanedCells);
  }

  /** Share of the floor that was cleaned, 0 to 1. */
  get progress(): number {
    return this.#coverage.cleanedCells / this.#terrain.sweepableCells;
  }

  /** Sweeps around the robot in `cell`. */
  sweep(cell: number): void {
    this.#coverage.sweep(cell);
  }

  /** Sends the robot to the next piece of floor; false when all passes are done. */
  sendOn(driver: Driver): boolean {
    if (driver.headForFloor(this.#coverage)) return true;
    this.#passesLeft -= 1;
    if (this.#passesLeft <= 0) return false;
    this.#coverage.again();
    this.sweep(driver.cell);
    return driver.headForFloor(this.#coverage);
  }

  /** Whether anything was swept since the last call. */
  hasGained(): boolean {
    const before = this.#leftBefore;
    this.#leftBefore = this.#coverage.leftCells;
    return this.#leftBefore !== before;
  }
}

/** All that can be swept, in square metres to a hundredth. */
export function reachableM2(terrain: Terrain): number {
  return roundTo(areaM2(terrain, terrain.sweepableCells), 100);
}

function areaM2({ grid }: Terrain, cells: number): number {
  return cells * grid.resolution * grid.resolution;
}
