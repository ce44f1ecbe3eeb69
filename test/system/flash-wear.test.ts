import { expect, it } from 'vitest';
import { type Flash, putOnFlash } from '../../tools/bench/flash.ts';
import { openedInCloud, settledInCloud } from '../support/system-missions.ts';
import { makeWorkbench } from '../support/system-workbench.ts';
import { type RobotWorld, startRobotWorld } from '../support/system-world.ts';

/** As on a robot, whose missions are hours apart: the kernel has written all it knows between any two steps. */
it('a mission writes to the flash at its start and its end only', async () => {
  await using bench = await makeWorkbench();
  const flashes: Flash[] = [];
  const prepare = async ({ robot }: { robot: string }) => {
    const flash = await putOnFlash(robot);
    flashes.push(flash);
    return flash;
  };
  await using world = await startRobotWorld({ ...bench, speed: 100, prepare });
  const [flash] = flashes;
  if (flash === undefined) throw new Error('no flash');
  // The first mission makes folders and the log of the store.
  await mission(world, flash);
  const costs = await mission(world, flash);
  expect(costs.revisions).toBeGreaterThan(0);
  expect(costs.progress).toBe(0);
  expect(costs.begin).toBeGreaterThan(0);
  expect(costs.begin).toBeLessThanOrEqual(16 * 1024);
  // With its map, which is its own file: written, uploaded, and removed.
  expect(costs.end).toBeGreaterThan(0);
  expect(costs.end).toBeLessThanOrEqual(80 * 1024);
});

async function mission(world: RobotWorld, flash: Flash) {
  const { board, until, cloud } = world;
  const before = await flash.written();
  await until('the robot to take the button', () =>
    board.press().then(
      () => true,
      () => undefined,
    ),
  );
  const { id } = await until(
    'the robot to clean',
    async () => (await board.status()).snapshot.mission ?? undefined,
  );
  const { missionId } = await openedInCloud(world, id);
  const begun = await flash.written();
  const readRevision = async () => {
    const [row] = (await cloud.operator.missions({ robot: world.robot })).filter(
      (one) => one.missionId === missionId,
    );
    return row?.document.revision ?? 0;
  };
  const first = await readRevision();
  const revisions = await until('progress reports', async () => {
    const more = (await readRevision()) - first;
    return more >= 3 ? more : undefined;
  });
  const between = await flash.written();
  expect((await board.status()).snapshot.mission?.id).toBe(id);
  await settledInCloud(world, id);
  await until('the robot to have nothing left', async () => {
    const { missions, maps } = await world.agentStatus();
    return missions?.unconfirmed === 0 && maps?.kept === 0 ? true : undefined;
  });
  const after = await flash.written();
  return { revisions, begin: begun - before, progress: between - begun, end: after - between };
}
