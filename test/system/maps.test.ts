import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCloudTable } from '../support/day-database.ts';
import { makeDayFolder, processesIn, removeDayFolder, startDay } from '../support/day-process.ts';

const maps = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'maps');
/** A day that takes longer is asked to end, and has failed. */
const dayMsMax = 240_000;

describe('a robot’s day on a map from the field', () => {
  it.skipIf(!existsSync(maps)).each(['depot', 'tb3_sandbox'])(
    '%s (needs ../shared/data/maps beside the checkout)',
    async (name) => {
      const folder = await makeDayFolder();
      try {
        const map = join(maps, `${name}.yaml`);
        const day = startDay(['--json', '--dir', folder, '--map', map]);
        const tooLong = setTimeout(() => day.child.kill('SIGTERM'), dayMsMax);
        const { code, stdout, stderr } = await day.ended;
        clearTimeout(tooLong);
        expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
        const [mission, ...others] = readCloudTable(join(folder, 'cloud', 'cloud.db'), 'missions');
        expect(others).toEqual([]);
        expect(mission?.value).toMatchObject({ status: 'ended', map: { state: 'stored' } });
        const { outcome, area } = mission?.value.document ?? {};
        expect(outcome).toBe('completed');
        expect(area?.reachableM2).toBeGreaterThan(10);
        expect(area?.cleanedM2).toBeGreaterThan(0.9 * (area?.reachableM2 ?? Infinity));
        expect(await processesIn(folder)).toEqual([]);
      } finally {
        await removeDayFolder(folder);
      }
    },
  );
});
