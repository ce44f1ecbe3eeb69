import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCloudTable } from '../support/demo-database.ts';
import {
  makeDemoFolder,
  processesIn,
  removeDemoFolder,
  startDemo,
} from '../support/demo-process.ts';

const maps = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'maps');
/** A demo that takes longer is stopped, and has failed. */
const demoMsMax = 240_000;

describe('the demo on a map from the field', () => {
  it.skipIf(!existsSync(maps)).each(['depot', 'tb3_sandbox'])(
    'finishes with %s (needs ../shared/data/maps beside the checkout)',
    async (name) => {
      const folder = await makeDemoFolder();
      try {
        const map = join(maps, `${name}.yaml`);
        const demo = startDemo(['--json', '--dir', folder, '--map', map]);
        const tooLong = setTimeout(() => demo.child.kill('SIGTERM'), demoMsMax);
        const { code, stdout, stderr } = await demo.ended;
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
        await removeDemoFolder(folder);
      }
    },
  );
});
