import { describe, expect, it } from 'vitest';
import { clearance } from '../../../hal/sim/floor/clearance.ts';
import { defaultFloor } from '../../../hal/sim/floor/floor-plan.ts';
import { cellAt, centreOf, FREE, OCCUPIED } from '../../../hal/sim/floor/grid.ts';
import { headingOf } from '../../../hal/sim/floor/heading.ts';
import { pathHome, surveyTerrain } from '../../../hal/sim/floor/terrain.ts';
import { drawnGrid, emptyRoom } from '../../support/board-maps.ts';

describe('the grid', () => {
  it('counts rows from the top and metres from the bottom', () => {
    const grid = { ...drawnGrid(['  ', '  ', '  '], 0.5), origin: { x: -1, y: 2 } };
    expect(cellAt(grid, -0.75, 2.25)).toBe(4);
    expect(centreOf(grid, 4)).toEqual({ x: -0.75, y: 2.25 });
    expect(centreOf(grid, 1)).toEqual({ x: -0.25, y: 3.25 });
    expect(cellAt(grid, 5, 2.25)).toBe(-1);
    expect(cellAt(grid, -0.75, 1.9)).toBe(-1);
    for (let cell = 0; cell < 6; cell++) {
      const { x, y } = centreOf(grid, cell);
      expect(cellAt(grid, x, y)).toBe(cell);
    }
  });

  it('turns angles into headings', () => {
    expect([0, 1.5, 3.1, -1.6, 6.2].map(headingOf)).toEqual([0, 1, 2, 3, 0]);
  });
});

describe('clearance', () => {
  it('keeps the whole disc on free cells', () => {
    const grid = drawnGrid(emptyRoom(13, 13), 0.1);
    const clear = clearance(grid, 0.25);
    // Wall squares end at 0.1 m; middles of cells are at 0.05, 0.15, ...: the first clear one is at 0.35.
    const row = [...clear.subarray(6 * 13, 7 * 13)].join('');
    expect(row).toBe('0001111111000');
  });

  it('measures corners by distance, not by a square', () => {
    const rows = emptyRoom(21, 21);
    rows[10] = `#${' '.repeat(9)}#${' '.repeat(9)}#`;
    const clear = clearance(drawnGrid(rows, 0.1), 0.2);
    const at = (right: number, down: number) => clear[(10 + down) * 21 + 10 + right];
    // Two cells sideways and two down are 0.15 m and 0.15 m from the post's corner: 0.21 m.
    expect([at(2, 2), at(2, 1), at(2, 0), at(3, 0)]).toEqual([1, 0, 0, 1]);
  });

  it('treats unknown cells and the edge of the map as walls', () => {
    const open = drawnGrid(Array(9).fill(' '.repeat(9)), 0.1);
    const clear = clearance(open, 0.25);
    expect([...clear.subarray(36, 45)].join('')).toBe('001111100');
    const unknown = drawnGrid(Array(9).fill('????     '), 0.1);
    expect([...clearance(unknown, 0.25).subarray(36, 45)].join('')).toBe('000000100');
  });

  it('agrees with a brute-force search', () => {
    const rows = emptyRoom(40, 30).map((row, y) =>
      Array.from(row, (mark, x) => ((x * 7 + y * 13) % 83 === 0 ? '#' : mark)).join(''),
    );
    const grid = drawnGrid(rows, 0.05);
    const clear = clearance(grid, 0.17);
    for (let cell = 0; cell < grid.cells.length; cell++) {
      expect(clear[cell]).toBe(nearestObstacleM(rows, cell) >= 0.17 ? 1 : 0);
    }
  });
});

describe('the terrain', () => {
  it('contains the rooms with a door wide enough, and nothing else', () => {
    const rows = emptyRoom(60, 20).map((row, y) => {
      const cells = Array.from(row);
      if (y < 6 || y > 13) cells[20] = '#'; // A door of 0.4 m.
      if (y < 8 || y > 12) cells[40] = '#'; // A gap of 0.25 m.
      return cells.join('');
    });
    const dock = { x: 0.5, y: 0.5, theta: 0 };
    const terrain = surveyTerrain({ grid: drawnGrid(rows), dock });
    const reached = (x: number) => terrain.drivable[10 * 60 + x];
    expect([reached(10), reached(20), reached(30), reached(40), reached(50)]).toEqual([
      1, 1, 1, 0, 0,
    ]);
  });

  it('has a shortest path home from every cell', () => {
    const terrain = surveyTerrain(defaultFloor());
    for (let cell = 0; cell < terrain.drivable.length; cell += 97) {
      if (terrain.drivable[cell] !== 1) continue;
      const path = pathHome(terrain, cell, 0).reverse();
      expect(path).toHaveLength(terrain.homeSteps[cell] as number);
      expect(path.every((at) => terrain.drivable[at] === 1)).toBe(true);
      expect(path.at(-1) ?? cell).toBe(terrain.dock.cell);
    }
  });

  it('rejects a map where the robot fits nowhere', () => {
    for (const rows of [['#'], emptyRoom(8, 8), Array(20).fill('?'.repeat(20))]) {
      expect(() => surveyTerrain({ grid: drawnGrid(rows) })).toThrow(
        expect.objectContaining({ code: 'map-no-room' }),
      );
    }
    const grid = drawnGrid(emptyRoom(40, 40));
    for (const dock of [
      { x: 0.1, y: 0.1, theta: 0 },
      { x: 90, y: 0, theta: 0 },
    ]) {
      expect(() => surveyTerrain({ grid, dock })).toThrow(
        expect.objectContaining({ code: 'map-no-room' }),
      );
    }
  });

  it('puts the dock of a given map at a flat wall of the largest region, its back to the wall', () => {
    const small = emptyRoom(30, 20);
    const large = emptyRoom(60, 20);
    const rows = small.map((row, y) => row + (large[y] ?? ''));
    const grid = drawnGrid(rows);
    const { dock } = surveyTerrain({ grid });
    const column = dock.cell % grid.width;
    const row = (dock.cell - column) / grid.width;
    expect(column).toBeGreaterThan(30);
    const back = { 0: [-1, 0], 1: [0, 1], 2: [1, 0], 3: [0, -1] }[dock.heading] as [number, number];
    const behind = grid.cells[(row + 4 * back[1]) * grid.width + column + 4 * back[0]];
    expect(behind).toBe(OCCUPIED);
  });

  it('puts the dock on a free cell when a map has no walls', () => {
    const { dock, drivable } = surveyTerrain({ grid: drawnGrid(Array(30).fill(' '.repeat(30))) });
    expect(drivable[dock.cell]).toBe(1);
  });
});

describe('the default floor plan', () => {
  it('is a flat whose rooms can all be reached from the dock', () => {
    const floor = defaultFloor();
    const { grid } = floor;
    const terrain = surveyTerrain(floor);
    expect([grid.width, grid.height, grid.resolution]).toEqual([200, 160, 0.05]);
    const rooms = {
      living: [3, 3],
      kitchen: [6, 2.5],
      bedroom: [1, 4.5],
      bath: [4.8, 6],
      study: [7, 5.6],
      hall: [6, 4.3],
    };
    for (const [name, [x = 0, y = 0]] of Object.entries(rooms)) {
      expect([name, terrain.drivable[cellAt(grid, x, y)]]).toEqual([name, 1]);
    }
    expect(terrain.sweepableCells * 0.05 ** 2).toBeGreaterThan(40);
  });

  it('has its dock at the wall', () => {
    const floor = defaultFloor();
    const { dock } = surveyTerrain(floor);
    expect(floor.grid.cells[dock.cell]).toBe(FREE);
    expect(floor.grid.cells[dock.cell + 5 * floor.grid.width]).toBe(OCCUPIED);
    expect(dock.heading).toBe(1);
  });
});

/** Metres from a cell's middle to the nearest obstacle's square, the outside included; every cell is looked at. */
function nearestObstacleM(rows: readonly string[], cell: number): number {
  const width = rows[0]?.length ?? 0;
  const [x, y] = [cell % width, Math.floor(cell / width)];
  let nearest = Number.POSITIVE_INFINITY;
  for (let oy = -1; oy <= rows.length; oy++) {
    for (let ox = -1; ox <= width; ox++) {
      if (rows[oy]?.[ox] === ' ') continue;
      if (ox === x && oy === y) return 0;
      const dx = Math.max(0, Math.abs(ox - x) - 0.5);
      const dy = Math.max(0, Math.abs(oy - y) - 0.5);
      nearest = Math.min(nearest, Math.hypot(dx, dy) * 0.05);
    }
  }
  return nearest;
}
