import type { BodyMap } from '../../robot-body.ts';
import { CLEANED, DOCK, FREE } from '../floor/grid.ts';
import type { Terrain } from '../floor/terrain.ts';

/** The map of a mission: the floor, the cleaned cells, and the dock (three by three cells). */
export function drawMap({ grid, dock }: Terrain, cleaned: Uint8Array): BodyMap {
  const cells = Uint8Array.from(grid.cells);
  for (let at = 0; at < cells.length; at++) if (cleaned[at] === 1) cells[at] = CLEANED;
  for (const row of [-grid.width, 0, grid.width]) {
    for (const column of [-1, 0, 1]) {
      const at = dock.cell + row + column;
      if (grid.cells[at] === FREE) cells[at] = DOCK;
    }
  }
  const { width, height, resolution, origin } = grid;
  return { width, height, resolution, origin, cells };
}
