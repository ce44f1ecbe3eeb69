import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFile } from '../../tools/firmware/bundle.ts';
import { buildSabotagedBundle } from '../support/system-bundle.ts';
import { planCloudKill, slotFaults } from '../support/system-interruptions.ts';
import { logRecords } from '../support/system-logs.ts';
import {
  beginMission,
  cleaned,
  endedOnBody,
  expectOnce,
  openedInCloud,
  rowsOf,
  settledInCloud,
} from '../support/system-missions.ts';
import { confirmedOnRobot, endedInCloudStore } from '../support/system-store.ts';
import { endsOf, jobEnded, jobForgotten, offerUpdate } from '../support/system-updates.ts';
import { makeWorkbench, type Workbench } from '../support/system-workbench.ts';
import { type RobotWorld, startRobotWorld } from '../support/system-world.ts';

type Look = (world: RobotWorld, id: string) => Promise<boolean>;

const moments: Readonly<Record<string, Look>> = {
  'it records the end': async ({ places }) =>
    logRecords(places.logs, 'cloud-stub').some(({ msg }) => msg === 'mission ended'),
  'it lists the end': async (world, id) => (await rowsOf(world, id))[0]?.status === 'ended',
  'the robot knows that it is stored': async (world) =>
    (await confirmedOnRobot(world)).length === 1,
  'the map is stored': async (world, id) => (await rowsOf(world, id))[0]?.map?.state === 'stored',
};

describe('a SIGKILL of the cloud', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await makeWorkbench();
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  it('during a mission that ends meanwhile loses no report and duplicates none', async () => {
    await using world = await startRobotWorld({ ...bench, speed: 25 });
    const { id } = await beginMission(world);
    const { missionId } = await openedInCloud(world, id);
    await cleaned(world, 0.3);
    await world.cloud.kill();
    await endedOnBody(world, id);
    await world.cloud.start();
    const row = await settledInCloud(world, id);
    expect(row.missionId).toBe(missionId);
    await expectOnce(world, id, 'completed');
  });

  it('twice during a mission loses no report and duplicates none', async () => {
    await using world = await startRobotWorld({ ...bench, speed: 20 });
    const { id } = await beginMission(world);
    for (const part of [0.1, 0.5]) {
      await openedInCloud(world, id);
      await cleaned(world, part);
      await world.cloud.kill();
      await world.cloud.start();
    }
    await settledInCloud(world, id);
    await expectOnce(world, id, 'completed');
  });

  it('during an image download does not keep the update from SUCCEEDED', async () => {
    await using world = await startRobotWorld({ ...bench, speed: 150 });
    const out = join(bench.folder, 'agent-2.cjs');
    await buildSabotagedBundle({ version: '2.0.0', out });
    // More than the kernel's buffers would hand over from a dead cloud.
    await appendFile(out, `//${'x'.repeat(32_000_000)}\n`);
    const image = await describeFile(out);
    await planCloudKill(world, 'first-byte');
    const offer = { jobId: 'update-2', image, version: '2.0.0', securityCounter: 2 };
    await offerUpdate(world, offer);
    await world.cloud.untilEnded();
    await world.cloud.start();
    expect((await jobEnded(world, 'update-2')).status).toBe('SUCCEEDED');
    await jobForgotten(world);
    expect(endsOf(world, 'update-2')).toEqual(['SUCCEEDED']);
    expect(await slotFaults(world)).toEqual([]);
  });

  it.each(Object.entries(moments))(
    'when %s loses nothing that was confirmed, and duplicates no report',
    async (_moment, hasCome) => {
      await using world = await startRobotWorld({ ...bench, speed: 80 });
      const { id } = await beginMission(world);
      await world.until(
        'the moment to kill the cloud',
        async () => (await hasCome(world, id)) || undefined,
      );
      await world.cloud.kill();
      expect(endedInCloudStore(world)).toEqual(
        expect.arrayContaining(await confirmedOnRobot(world)),
      );
      await world.cloud.start();
      await settledInCloud(world, id);
      await expectOnce(world, id, 'completed');
    },
  );
});
