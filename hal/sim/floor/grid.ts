/** The content of a cell of an occupancy grid, in the terms of the `BodyMap` contract. */
export const UNKNOWN = 0;
export const FREE = 1;
export const OCCUPIED = 2;
export const CLEANED = 3;
export const DOCK = 4;

/** An occupancy grid. Row 0 is the top (largest y), as in an image; `origin` is the lower left corner in metres. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  /** Metres per cell. */
  readonly resolution: number;
  readonly origin: { readonly x: number; readonly y: number };
  /** `UNKNOWN`, `FREE` or `OCCUPIED`, `width * height` of them. */
  readonly cells: Uint8Array;
}

/** A position with a direction: metres and radians in the map's frame. */
export interface Pose {
  readonly x: number;
  readonly y: number;
  readonly theta: number;
}

/** The robot's floor: the grid, and the dock's pose if that is known. */
export interface Floor {
  readonly grid: Grid;
  readonly dock?: Pose;
}

/** Index of the cell that holds the point, or -1 outside the grid. */
export function cellAt(grid: Grid, x: number, y: number): number {
  const column = Math.floor((x - grid.origin.x) / grid.resolution);
  const row = grid.height - 1 - Math.floor((y - grid.origin.y) / grid.resolution);
  const inside = column >= 0 && column < grid.width && row >= 0 && row < grid.height;
  return inside ? row * grid.width + column : -1;
}

/** The middle of a cell, in metres. */
export function centreOf(grid: Grid, cell: number): { x: number; y: number } {
  const column = cell % grid.width;
  const row = (cell - column) / grid.width;
  return {
    x: grid.origin.x + (column + 0.5) * grid.resolution,
    y: grid.origin.y + (grid.height - row - 0.5) * grid.resolution,
  };
}
