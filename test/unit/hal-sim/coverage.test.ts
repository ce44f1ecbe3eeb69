import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../base/random.ts';
import { createCoverage } from '../../../hal/sim/body/coverage.ts';
import { Driver } from '../../../hal/sim/body/driver.ts';
import { defaultFloor } from '../../../hal/sim/floor/floor-plan.ts';
import { centreOf, FREE, type Grid } from '../../../hal/sim/floor/grid.ts';
import { readMapFile } from '../../../hal/sim/floor/map-file.ts';
import { surveyTerrain, type Terrain } from '../../../hal/sim/floor/terrain.ts';
import { drawnGrid, emptyRoom } from '../../support/board-maps.ts';

/** Drives until nothing is left to sweep, and returns the cells in the order they were driven over. */
function driveAll(terrain: Terrain) {
  const coverage = createCoverage(terrain);
  const driver = new Driver(terrain);
  const trail = [driver.cell];
  coverage.sweep(driver.cell);
  while (driver.headForFloor(coverage)) {
    while (!driver.hasArrived) {
      driver.move();
      coverage.sweep(driver.cell);
      trail.push(driver.cell);
    }
  }
  return { coverage, trail };
}

/** A room with boxes strewn about by chance. */
function clutteredRoom(seed: number): Grid {
  const random = seededRandom(seed);
  const rows = emptyRoom(90, 70).map((row) => Array.from(row));
  for (let box = 0; box < 14; box++) {
    const [left, top] = [Math.floor(random() * 80), Math.floor(random() * 60)];
    const [wide, high] = [2 + Math.floor(random() * 14), 2 + Math.floor(random() * 14)];
    for (const row of rows.slice(top, top + high)) row.fill('#', left, Math.min(90, left + wide));
  }
  return drawnGrid(rows.map((row) => row.join('')));
}

function expectFullCoverage(terrain: Terrain): void {
  const { coverage, trail } = driveAll(terrain);
  const { cells, width } = terrain.grid;
  expect(coverage.leftCells).toBe(0);
  expect(coverage.cleanedCells).toBe(terrain.sweepableCells);
  // Every cell that the brushes can reach, and only free ones.
  expect(coverage.cleaned.every((is, i) => is === terrain.sweepable[i])).toBe(true);
  expect(coverage.cleaned.every((is, i) => is === 0 || cells[i] === FREE)).toBe(true);
  // One cell at a time, and never into a wall.
  expect(trail.every((cell) => terrain.drivable[cell] === 1)).toBe(true);
  const steps = trail.slice(1).map((cell, i) => Math.abs(cell - (trail[i] as number)));
  expect(steps.every((step) => step === 1 || step === width)).toBe(true);
}

describe('coverage', () => {
  it('sweeps every reachable cell of the flat and enters no wall', () => {
    expectFullCoverage(surveyTerrain(defaultFloor()));
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('sweeps every reachable cell of cluttered room %i', (seed) => {
    expectFullCoverage(surveyTerrain({ grid: clutteredRoom(seed) }));
  });

  it.each([0.02, 0.1, 0.25, 0.4])('works on cells of %d m', (resolution) => {
    expectFullCoverage(surveyTerrain({ grid: drawnGrid(emptyRoom(60, 50), resolution) }));
  });

  it('drives long straight lanes, and little further than the floor requires', () => {
    const terrain = surveyTerrain({ grid: drawnGrid(emptyRoom(104, 84)) });
    const { trail } = driveAll(terrain);
    const turns = trail.filter((cell, i) => {
      const [before, after] = [trail[i - 1], trail[i + 1]];
      if (before === undefined || after === undefined) return false;
      return cell - before !== after - cell;
    });
    // 5 m x 4 m in lanes of 0.2 m is 100 m of way.
    expect(trail.length * 0.05).toBeLessThan(150);
    expect(turns.length).toBeLessThan(150);
  });

  it('sweeps everything again in a second pass, and counts the floor once', () => {
    const terrain = surveyTerrain({ grid: drawnGrid(emptyRoom(50, 40)) });
    const { coverage, trail } = driveAll(terrain);
    coverage.again();
    expect(coverage.leftCells).toBe(terrain.sweepableCells);
    expect(coverage.next(trail.at(-1) as number, 0)).toBeDefined();
    expect(coverage.cleanedCells).toBe(terrain.sweepableCells);
  });

  it("keeps the body's distance from the walls, measured in metres", () => {
    const terrain = surveyTerrain({ grid: clutteredRoom(3) });
    const { grid } = terrain;
    const walls = [...grid.cells.keys()].filter((cell) => grid.cells[cell] !== FREE);
    for (const cell of new Set(driveAll(terrain).trail)) {
      const { x, y } = centreOf(grid, cell);
      for (const wall of walls) {
        const centre = centreOf(grid, wall);
        const dx = Math.max(0, Math.abs(centre.x - x) - grid.resolution / 2);
        const dy = Math.max(0, Math.abs(centre.y - y) - grid.resolution / 2);
        if (Math.hypot(dx, dy) < 0.17 - 1e-9) expect.fail(`cell ${cell} touches ${wall}`);
      }
    }
  });
});

describe('coverage of real maps', () => {
  const maps = join(import.meta.dirname, '../../../../shared/data/maps');
  const isThere = existsSync(maps);

  it.skipIf(!isThere).each(['depot', 'tb3_sandbox'])(
    'sweeps all of %s (needs ../shared/data/maps)',
    async (name) => {
      const grid = await readMapFile(join(maps, `${name}.yaml`));
      const before = process.cpuUsage();
      const terrain = surveyTerrain({ grid });
      expectFullCoverage(terrain);
      expect(terrain.sweepableCells * grid.resolution ** 2).toBeGreaterThan(15);
      expect(process.cpuUsage(before).user).toBeLessThan(10_000_000);
    },
  );
});
