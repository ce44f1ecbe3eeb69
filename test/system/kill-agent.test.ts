import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killAgent, planInterruption, untilInterrupted } from '../support/system-interruptions.ts';
import {
  beginMission,
  cleaned,
  endedOnBody,
  expectOnce,
  openedInCloud,
  settledInCloud,
} from '../support/system-missions.ts';
import { makeWorkbench, type Workbench } from '../support/system-workbench.ts';
import { startRobotWorld } from '../support/system-world.ts';

describe('an agent that is killed during a mission', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await makeWorkbench();
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  it('reports the mission once, completed, after several kills while the robot cleans and after its end', async () => {
    await using world = await startRobotWorld({ ...bench, speed: 15 });
    const mission = await beginMission(world);
    const { missionId } = await openedInCloud(world, mission.id);
    // A clean exit between them: three kills in a row would start safe mode.
    for (const [part, signal] of [
      [0.1, 'SIGKILL'],
      [0.3, 'SIGKILL'],
      [0.6, 'SIGTERM'],
    ] as const) {
      await cleaned(world, part);
      await killAgent(world, signal);
    }
    const { snapshot } = await world.board.status();
    expect(snapshot.mission?.id).toBe(mission.id);
    await endedOnBody(world, mission.id);
    await killAgent(world);
    const row = await settledInCloud(world, mission.id);
    expect(row.missionId).toBe(missionId);
    await expectOnce(world, mission.id, 'completed');
  });

  it.each(['mission-seen', 'end-seen', 'map-fetched', 'report-accepted', 'map-stored'] as const)(
    'reports the mission once, completed, after a kill at %s',
    async (moment) => {
      await using world = await startRobotWorld({ ...bench, speed: 80 });
      await planInterruption(world, 'SIGKILL', moment);
      const { id } = await beginMission(world);
      await untilInterrupted(world, 'SIGKILL');
      await settledInCloud(world, id);
      await expectOnce(world, id, 'completed');
    },
  );
});
