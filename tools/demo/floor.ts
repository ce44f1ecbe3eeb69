import { usage } from '../../base/cli.ts';
import { explain, PilotfishError } from '../../base/errors.ts';
import { readMapFile } from '../../hal/sim/floor/map-file.ts';
import { surveyTerrain } from '../../hal/sim/floor/terrain.ts';

/** The body's clock for the project's own floor plan. */
const ownSpeed = 150;
/** A mission then takes about twenty seconds on any floor: the body needs about 66 s for a square metre. */
const speedPerM2 = 3.5;

/**
 * How fast the body's clock should run on a floor. Throws `usage`, before anything is started, when the map cannot be
 * read or has no room for a robot.
 */
export async function speedFor(map: string | undefined): Promise<number> {
  if (map === undefined) return ownSpeed;
  try {
    const { grid, sweepableCells } = surveyTerrain({ grid: await readMapFile(map) });
    const speed = Math.round(sweepableCells * grid.resolution ** 2 * speedPerM2);
    return Math.min(2000, Math.max(50, speed));
  } catch (error) {
    throw usage(`--map: ${explain(error)}`, hintOf(error));
  }
}

const hintOf = (error: unknown) => (error instanceof PilotfishError ? error.hint : undefined);
