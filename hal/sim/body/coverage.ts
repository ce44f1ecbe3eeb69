import { EAST, headingBetween, NORTH, neighbours, SOUTH, WEST } from '../floor/heading.ts';
import type { Terrain } from '../floor/terrain.ts';

/**
 * The floor that remains to be swept, and the path to the next piece of it.
 *
 * Theory of operation. A pass has two parts. *Lanes*: the goal is the nearest drivable cell that no brush has passed
 * over. Searching straight ahead first, then back, then aside makes the robot drive lanes one sweep apart, and jump to
 * the nearest leftover when a lane ends in swept floor. *Edges*: the remaining cells lie along walls and in corners,
 * beyond the brushes of every lane; now the goals are the cells from which some of them are in reach. A visited cell
 * has everything in its reach swept, so a pass ends after finitely many goals with every sweepable cell swept.
 */
export interface Coverage {
  /** Cells passed over since the mission started. */
  readonly cleanedCells: number;
  /** 1 for each cell passed over since the mission started. */
  readonly cleaned: Uint8Array;
  /** Cells that remain in this pass. */
  readonly leftCells: number;
  /** Sweeps around the robot in `cell`. */
  sweep(cell: number): void;
  /**
   * The cells to the next goal, the next one last; undefined when the pass is done. `lane` is the direction of the
   * lane.
   */
  next(cell: number, lane: typeof EAST | typeof WEST): number[] | undefined;
  /** Starts another pass over everything. */
  again(): void;
}

/** A fresh mission's coverage of a terrain. */
export function createCoverage(terrain: Terrain): Coverage {
  const { drivable, sweepable, sweep: disc, grid } = terrain;
  const offsets = neighbours(grid.width);
  const cleaned = new Uint8Array(drivable.length);
  const todo = Uint8Array.from(sweepable);
  const goal = Uint8Array.from(drivable);
  // Breadth-first search: how each cell was reached (heading + 1, 0 not yet), and the cells in order.
  const cameBy = new Uint8Array(drivable.length);
  const queue = new Int32Array(terrain.drivableCells);
  let inEdges = false;
  let leftCells = terrain.sweepableCells;
  let cleanedCells = 0;

  function sweep(cell: number): void {
    for (const offset of disc) {
      const at = cell + offset;
      if (cleaned[at] === 0) {
        cleaned[at] = 1;
        cleanedCells++;
      }
      if (todo[at] === 0) continue;
      todo[at] = 0;
      leftCells--;
      if (!inEdges) goal[at] = 0;
    }
    goal[cell] = 0;
  }

  function next(cell: number, lane: typeof EAST | typeof WEST): number[] | undefined {
    if (leftCells === 0) return undefined;
    const path = search(cell, lane);
    if (path || inEdges) return path;
    inEdges = true;
    for (let at = 0; at < todo.length; at++) {
      if (todo[at] === 1) for (const offset of disc) goal[at + offset] = drivable[at + offset] ?? 0;
    }
    return search(cell, lane);
  }

  function isGoal(cell: number): boolean {
    if (goal[cell] !== 1) return false;
    if (!inEdges || disc.some((offset) => todo[cell + offset] === 1)) return true;
    goal[cell] = 0;
    return false;
  }

  function search(from: number, lane: typeof EAST | typeof WEST): number[] | undefined {
    const order = lane === EAST ? [EAST, WEST, NORTH, SOUTH] : [WEST, EAST, NORTH, SOUTH];
    let found = -1;
    let tail = 0;
    queue[tail++] = from;
    cameBy[from] = 5;
    for (let head = 0; head < tail && found < 0; head++) {
      const cell = queue[head] as number;
      for (const heading of order) {
        const other = cell + (offsets[heading] as number);
        if (drivable[other] !== 1 || cameBy[other] !== 0) continue;
        cameBy[other] = heading + 1;
        queue[tail++] = other;
        if (!isGoal(other)) continue;
        found = other;
        break;
      }
    }
    const path: number[] = [];
    for (
      let at = found;
      at >= 0 && at !== from;
      at -= offsets[(cameBy[at] as number) - 1] as number
    ) {
      path.push(at);
    }
    // Only touched entries are reset: most searches end a few cells away.
    for (let i = 0; i < tail; i++) cameBy[queue[i] as number] = 0;
    return found < 0 ? undefined : path;
  }

  return {
    cleaned,
    sweep,
    next,
    get cleanedCells() {
      return cleanedCells;
    },
    get leftCells() {
      return leftCells;
    },
    again() {
      todo.set(sweepable);
      goal.set(drivable);
      leftCells = terrain.sweepableCells;
      inEdges = false;
    },
  };
}

/** The lane's direction after a move: the move's, when that was along the lane, else as before. */
export function laneAfter(
  from: number,
  to: number,
  lane: typeof EAST | typeof WEST,
): typeof EAST | typeof WEST {
  const heading = headingBetween(from, to);
  return heading === EAST || heading === WEST ? heading : lane;
}
