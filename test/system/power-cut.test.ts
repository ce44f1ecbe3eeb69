import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planInterruption, slotFaults, untilInterrupted } from '../support/system-interruptions.ts';
import {
  beginMission,
  cleaned,
  endedOnBody,
  expectOnce,
  openedInCloud,
  settledInCloud,
  unconfirmed,
} from '../support/system-missions.ts';
import { makeWorkbench, type Workbench } from '../support/system-workbench.ts';
import { type RobotWorld, startRobotWorld } from '../support/system-world.ts';

describe('a power cut of the board', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await makeWorkbench();
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  it('during a mission leaves it interrupted, reported once', async () => {
    await using world = await startRobotWorld({ ...bench, speed: 25 });
    const { id } = await beginMission(world);
    const { missionId } = await openedInCloud(world, id);
    await cleaned(world, 0.3);
    await world.board.cutPower();
    await world.board.start();
    const row = await settledInCloud(world, id);
    expect(row.missionId).toBe(missionId);
    await expectOnce(world, id, 'interrupted');
    await expectNextMission(world);
  });

  it('during a mission while the cloud is down leaves it interrupted, reported once', async () => {
    await using world = await startRobotWorld({ ...bench, speed: 25 });
    const { id } = await beginMission(world);
    await openedInCloud(world, id);
    await world.cloud.stop();
    await cleaned(world, 0.3);
    await world.board.cutPower();
    await world.board.start();
    await unconfirmed(world, 1);
    await world.cloud.start();
    await settledInCloud(world, id);
    await expectOnce(world, id, 'interrupted');
    await expectNextMission(world);
  });

  it('before a final report is sent loses neither the report nor its map', async () => {
    await using world = await startRobotWorld({ ...bench, speed: 80 });
    const { id } = await beginMission(world);
    await openedInCloud(world, id);
    await world.cloud.stop();
    await endedOnBody(world, id);
    await unconfirmed(world, 1);
    await world.board.cutPower();
    await world.board.start();
    await world.cloud.start();
    await settledInCloud(world, id);
    await expectOnce(world, id, 'completed');
    await expectNextMission(world);
  });

  it.each([
    ['mission-seen', 'interrupted'],
    ['end-seen', 'completed'],
    ['map-fetched', 'completed'],
    ['report-accepted', 'completed'],
    ['map-stored', 'completed'],
  ] as const)('at %s leaves the mission %s, reported once', async (moment, outcome) => {
    await using world = await startRobotWorld({ ...bench, speed: 80 });
    await planInterruption(world, 'power cut', moment);
    const { id } = await beginMission(world);
    await untilInterrupted(world, 'power cut');
    await settledInCloud(world, id);
    await expectOnce(world, id, outcome);
    await expectNextMission(world);
  });
});

/** The board is as it was, and so is the robot's work. */
async function expectNextMission(world: RobotWorld): Promise<void> {
  expect(await slotFaults(world)).toEqual([]);
  const { id } = await beginMission(world);
  const { document } = await settledInCloud(world, id);
  expect(document.outcome).toBe('completed');
}
