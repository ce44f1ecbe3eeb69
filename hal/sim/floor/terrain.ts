import { PilotfishError } from '../../../base/errors.ts';
import { clearance } from './clearance.ts';
import { type DockPlace, placeDock } from './dock-place.ts';
import { flood } from './flood.ts';
import { cellAt, type Floor, type Grid } from './grid.ts';
import { type Heading, headingBetween, headingOf, neighbours } from './heading.ts';

/** The body is a disc of this radius. */
export const BODY_RADIUS_M = 0.17;
/** The brushes reach this far from the middle, side brush included; lanes are then about 0.2 m apart. */
export const SWEEP_RADIUS_M = 0.15;

/** Everything about a floor that can be computed before driving. */
export interface Terrain {
  readonly grid: Grid;
  /** 1 where the robot's middle may be, if it can be reached from the dock. */
  readonly drivable: Uint8Array;
  /** Moves from a cell to the dock; -1 where there is no path. */
  readonly homeSteps: Int32Array;
  /** 1 where the brushes can reach. */
  readonly sweepable: Uint8Array;
  readonly drivableCells: number;
  readonly sweepableCells: number;
  /** Index offsets of the cells that are swept around the robot's middle. */
  readonly sweep: Int32Array;
  readonly dock: DockPlace;
}

/**
 * Analyses a floor: where the robot can drive, what it can sweep, and the path home from every cell.
 *
 * Throws `map-no-room` when there is no place for a dock, or the given one touches a wall.
 */
export function surveyTerrain({ grid, dock: pose }: Floor): Terrain {
  const clear = clearance(grid, BODY_RADIUS_M);
  const dock = pose
    ? { cell: cellAt(grid, pose.x, pose.y), heading: headingOf(pose.theta) }
    : placeDock(grid, clear);
  if (dock === undefined || clear[dock.cell] !== 1) {
    throw new PilotfishError(
      'map-no-room',
      'the map has no free place for the robot and its dock',
      {
        hint: 'the robot needs free cells in a circle of 0.34 m; check the thresholds and the resolution',
      },
    );
  }
  const homeSteps = new Int32Array(clear.length).fill(-1);
  const drivableCells = flood(clear, { width: grid.width, from: dock.cell, steps: homeSteps });
  const drivable = new Uint8Array(clear.length);
  const sweepable = new Uint8Array(clear.length);
  const sweep = discOffsets(SWEEP_RADIUS_M / grid.resolution, grid.width);
  for (let cell = 0; cell < clear.length; cell++) {
    if ((homeSteps[cell] as number) < 0) continue;
    drivable[cell] = 1;
    for (const offset of sweep) sweepable[cell + offset] = 1;
  }
  const sweepableCells = sweepable.reduce((sum, one) => sum + one, 0);
  return { grid, drivable, homeSteps, sweepable, drivableCells, sweepableCells, sweep, dock };
}

/** The cells from `cell` to the dock, the next one last; the heading is kept where possible, for few turns. */
export function pathHome(terrain: Terrain, cell: number, heading: Heading): number[] {
  const { homeSteps, grid } = terrain;
  const offsets = neighbours(grid.width);
  const path: number[] = [];
  let at = cell;
  let ahead = heading;
  for (let left = (homeSteps[cell] as number) - 1; left >= 0; left--) {
    const keeps = homeSteps[at + offsets[ahead]] === left;
    const step = keeps ? offsets[ahead] : offsets.find((offset) => homeSteps[at + offset] === left);
    if (step === undefined) break;
    ahead = headingBetween(at, at + step);
    at += step;
    path.push(at);
  }
  return path.reverse();
}

function discOffsets(radius: number, width: number): Int32Array {
  const offsets: number[] = [];
  const reach = Math.floor(radius);
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      // The small margin keeps 0.15 m / 0.05 m at three cells in floating point.
      if (dx * dx + dy * dy <= radius * radius + 1e-9) offsets.push(dy * width + dx);
    }
  }
  return Int32Array.from(offsets);
}
