import { centreOf, type Pose } from '../floor/grid.ts';
import { EAST, type Heading, headingBetween, quarterTurns, type WEST } from '../floor/heading.ts';
import { pathHome, type Terrain } from '../floor/terrain.ts';
import { type Coverage, laneAfter } from './coverage.ts';

/** The robot's speed while it cleans. */
export const SPEED_M_S = 0.3;
const QUARTER_TURN_S = 1;

/** The wheels: the robot's position and heading, and the cells ahead on its path. */
export class Driver {
  readonly #terrain: Terrain;
  #cell: number;
  #heading: Heading;
  #lane: typeof EAST | typeof WEST = EAST;
  /** The next cell is the last one. */
  #path: number[] = [];

  /** Starts on the dock. */
  constructor(terrain: Terrain) {
    this.#terrain = terrain;
    this.#cell = terrain.dock.cell;
    this.#heading = terrain.dock.heading;
  }

  get cell(): number {
    return this.#cell;
  }

  get isOnDock(): boolean {
    return this.#cell === this.#terrain.dock.cell;
  }

  get hasArrived(): boolean {
    return this.#path.length === 0;
  }

  get pose(): Pose {
    return { ...centreOf(this.#terrain.grid, this.#cell), theta: (this.#heading * Math.PI) / 2 };
  }

  /** Starts towards the next piece of floor; false when there is none. */
  headForFloor(coverage: Coverage): boolean {
    const path = coverage.next(this.#cell, this.#lane);
    this.#path = path ?? [];
    return path !== undefined;
  }

  headHome(): void {
    this.#path = pathHome(this.#terrain, this.#cell, this.#heading);
  }

  /** Seconds that the next move takes, turning included. */
  moveS(): number {
    const next = this.#path.at(-1);
    if (next === undefined) return 0;
    const turns = quarterTurns(this.#heading, headingBetween(this.#cell, next));
    return this.#terrain.grid.resolution / SPEED_M_S + turns * QUARTER_TURN_S;
  }

  move(): void {
    const next = this.#path.pop();
    if (next === undefined) return;
    this.#heading = headingBetween(this.#cell, next);
    this.#lane = laneAfter(this.#cell, next, this.#lane);
    this.#cell = next;
  }

  /** Seconds to the dock from here, without turns. */
  homeS(): number {
    const steps = this.#terrain.homeSteps[this.#cell] as number;
    return (steps * this.#terrain.grid.resolution) / SPEED_M_S;
  }

  /** Takes the docked position and heading. */
  settleOnDock(): void {
    this.#heading = this.#terrain.dock.heading;
    this.#path = [];
  }
}
