import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuiltFile } from '../../tools/firmware/bundle.ts';
import { buildSabotagedBundle } from '../support/system-bundle.ts';
import {
  type Interruption,
  planInterruption,
  slotFaults,
  untilInterrupted,
} from '../support/system-interruptions.ts';
import { beginMission, settledInCloud } from '../support/system-missions.ts';
import type { Moment } from '../support/system-sabotage.ts';
import { endsOf, jobEnded, jobForgotten, offerUpdate } from '../support/system-updates.ts';
import { makeWorkbench, type Workbench } from '../support/system-workbench.ts';
import { type RobotWorld, startRobotWorld } from '../support/system-world.ts';

/** Version 2.0.0 is offered to a robot that runs 1.0.0, and something happens in between. */
describe('an update', () => {
  let bench: Workbench;
  let image: BuiltFile;
  beforeAll(async () => {
    bench = await makeWorkbench();
    const out = join(bench.folder, 'agent-2.cjs');
    image = await buildSabotagedBundle({ version: '2.0.0', out });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const update = async (world: RobotWorld, interruption: Interruption, moment: Moment) => {
    await planInterruption(world, interruption, moment);
    const offer = { jobId: 'update-2', image, version: '2.0.0', securityCounter: 2 };
    await offerUpdate(world, offer);
    await untilInterrupted(world, interruption);
    const { status, statusDetails } = await jobEnded(world, 'update-2');
    await jobForgotten(world);
    return { status, ...statusDetails.detailsMap };
  };

  const start = () => startRobotWorld({ ...bench, speed: 150 });

  it.each([
    ['SIGKILL', 'first-byte'],
    ['SIGKILL', 'half-written'],
    ['SIGKILL', 'written'],
    ['SIGKILL', 'armed'],
    ['SIGKILL', 'confirmed'],
    ['SIGKILL', 'outcome-accepted'],
    ['power cut', 'first-byte'],
    ['power cut', 'half-written'],
    ['power cut', 'written'],
    ['power cut', 'armed'],
    ['power cut', 'confirmed'],
    ['power cut', 'outcome-accepted'],
  ] as const)('ends SUCCEEDED after a %s at %s', async (interruption, moment) => {
    await using world = await start();
    const end = await update(world, interruption, moment);
    expect(end).toMatchObject({ status: 'SUCCEEDED', reason: 'confirmed', version: '2.0.0' });
    await expectWell(world, { version: '2.0.0', ends: ['SUCCEEDED'], sha256: image.sha256 });
  });

  it.each(['SIGKILL', 'power cut'] as const)(
    'ends SUCCEEDED at the second of three starts after a %s on trial',
    async (interruption) => {
      await using world = await start();
      const end = await update(world, interruption, 'trial-begun');
      expect(end).toMatchObject({ status: 'SUCCEEDED', trialStarts: '2' });
      await expectWell(world, { version: '2.0.0', ends: ['SUCCEEDED'], sha256: image.sha256 });
    },
  );

  it.each(['SIGKILL', 'power cut'] as const)(
    "keeps the image's prohibitions forever after a %s at confirmed",
    async (interruption) => {
      await using world = await start();
      await update(world, interruption, 'confirmed');
      const out = join(bench.folder, 'agent-1.cjs');
      const old = await buildSabotagedBundle({ version: '1.9.0', out });
      const offer = { jobId: 'downgrade', image: old, version: '1.9.0', securityCounter: 1 };
      await offerUpdate(world, offer);
      const { status, statusDetails } = await jobEnded(world, 'downgrade');
      expect({ status, ...statusDetails.detailsMap }).toMatchObject({
        status: 'REJECTED',
        reason: 'rollback',
      });
    },
  );
});

interface Well {
  readonly version: string;
  readonly ends: readonly string[];
  readonly sha256?: string;
}

/** The board runs a whole slot, the cloud has noted one end, and the robot does its work with the version that it should. */
async function expectWell(world: RobotWorld, { version, ends, sha256 }: Well): Promise<void> {
  expect(await slotFaults(world)).toEqual([]);
  expect(endsOf(world, 'update-2')).toEqual(ends);
  const { boot } = await world.board.status();
  expect(boot.onTrial).toBe(false);
  if (sha256 !== undefined) {
    expect(boot.slots.find(({ name }) => name === boot.booted)?.sha256).toBe(sha256);
  }
  expect((await world.agentStatus()).version).toBe(version);
  const { id } = await beginMission(world);
  const { document } = await settledInCloud(world, id);
  expect(document.outcome).toBe('completed');
}
