import { FREE, type Grid } from './grid.ts';

/**
 * The cells in whose middle a disc of `radiusM` touches nothing but free cells: 1, else 0.
 *
 * This is the robot's configuration space. Cells outside the grid and unknown ones count as obstacles. Exact to the
 * obstacle's square, in two passes: distance up and down each column, then a scan along the row as far as the radius.
 */
export function clearance(grid: Grid, radiusM: number): Uint8Array {
  const { width, height } = grid;
  const radius = radiusM / grid.resolution;
  const reach = Math.ceil(radius + 0.5);
  const vertical = columnDistance(grid, reach + 1);
  const clear = new Uint8Array(width * height);
  // The outermost cells stay blocked, so that a neighbour's index never leaves its row.
  for (let row = 1; row < height - 1; row++) {
    for (let column = 1; column < width - 1; column++) {
      const cell = row * width + column;
      if (vertical[cell] !== 0 && isClear(column, row * width)) clear[cell] = 1;
    }
  }
  return clear;

  function isClear(column: number, rowStart: number): boolean {
    for (let offset = -reach; offset <= reach; offset++) {
      const other = column + offset;
      const up = other < 0 || other >= width ? 0 : (vertical[rowStart + other] as number);
      if (up > reach) continue;
      const dx = Math.max(0, Math.abs(offset) - 0.5);
      const dy = Math.max(0, up - 0.5);
      if (dx * dx + dy * dy < radius * radius) return false;
    }
    return true;
  }
}

/** For each cell the number of steps to the nearest obstacle in its column, 0 on one, at most `cap`. */
function columnDistance({ width, height, cells }: Grid, cap: number): Uint8Array {
  const distance = new Uint8Array(width * height);
  for (let column = 0; column < width; column++) {
    let steps = 0;
    for (let cell = column; cell < cells.length; cell += width) {
      steps = cells[cell] === FREE ? Math.min(cap, steps + 1) : 0;
      distance[cell] = steps;
    }
    steps = 0;
    for (let cell = (height - 1) * width + column; cell >= 0; cell -= width) {
      steps = cells[cell] === FREE ? Math.min(cap, steps + 1) : 0;
      distance[cell] = Math.min(steps, distance[cell] as number);
    }
  }
  return distance;
}
