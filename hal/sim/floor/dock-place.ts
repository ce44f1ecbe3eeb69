import { flood } from './flood.ts';
import { type Grid, OCCUPIED } from './grid.ts';
import type { Heading } from './heading.ts';

/** The docked robot's position and heading: it faces away from the wall. */
export interface DockPlace {
  readonly cell: number;
  readonly heading: Heading;
}

/** The approximate width of a dock; the wall behind it should be flat over this width. */
const DOCK_WIDTH_M = 0.3;
/** The longest distance from the robot's middle to the wall. */
const WALL_DISTANCE_M = 0.3;

/** Columns and rows of one step in each heading. */
const STEPS = [
  [1, 0],
  [0, -1],
  [-1, 0],
  [0, 1],
] as const;

/**
 * A suitable place for a dock on a map that names none: in the largest connected region where the robot can drive, as
 * near to a flat wall as possible. Undefined when the robot fits nowhere.
 */
export function placeDock(grid: Grid, clear: Uint8Array): DockPlace | undefined {
  const region = largestRegion(clear, grid.width);
  let best: (DockPlace & { score: number }) | undefined;
  for (let cell = 0; cell < clear.length; cell++) {
    if (region?.[cell] !== 1) continue;
    for (const back of [3, 0, 1, 2] as const) {
      const score = wallScore(grid, cell, back);
      if (score <= (best?.score ?? -1)) continue;
      best = { cell, heading: ((back + 2) % 4) as Heading, score };
    }
  }
  return best && { cell: best.cell, heading: best.heading };
}

/** How much wall is behind a robot in `cell` with its back to `back`: more is better, nearer is better. */
function wallScore(grid: Grid, cell: number, back: Heading): number {
  const column = cell % grid.width;
  const row = (cell - column) / grid.width;
  const [dx, dy] = STEPS[back];
  const isWall = (distance: number, side: number): boolean => {
    const x = column + distance * dx + side * dy;
    const y = row + distance * dy + side * dx;
    const inside = x >= 0 && x < grid.width && y >= 0 && y < grid.height;
    return inside && grid.cells[y * grid.width + x] === OCCUPIED;
  };
  const reach = Math.max(1, Math.round(WALL_DISTANCE_M / grid.resolution));
  const half = Math.round(DOCK_WIDTH_M / 2 / grid.resolution);
  for (let distance = 1; distance <= reach; distance++) {
    if (!isWall(distance, 0)) continue;
    let wall = 0;
    for (let side = -half; side <= half; side++) if (isWall(distance, side)) wall++;
    return wall * (reach + 1) + (reach - distance);
  }
  return 0;
}

function largestRegion(clear: Uint8Array, width: number): Uint8Array | undefined {
  const steps = new Int32Array(clear.length).fill(-1);
  let start = -1;
  let size = 0;
  for (let cell = 0; cell < clear.length; cell++) {
    if (clear[cell] !== 1 || (steps[cell] as number) >= 0) continue;
    const count = flood(clear, { width, from: cell, steps });
    if (count > size) [start, size] = [cell, count];
  }
  if (start < 0) return undefined;
  steps.fill(-1);
  flood(clear, { width, from: start, steps });
  return Uint8Array.from(steps, (distance) => (distance >= 0 ? 1 : 0));
}
