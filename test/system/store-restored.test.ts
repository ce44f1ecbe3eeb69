import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BodyMission } from '../../hal/robot-body.ts';
import { emptyRoom, writeMap } from '../support/board-maps.ts';
import { keepBusy } from '../support/system-busy-body.ts';
import { unconfirmed } from '../support/system-missions.ts';
import { expectEachInCloud } from '../support/system-table.ts';
import { makeWorkbench, type Workbench } from '../support/system-workbench.ts';
import { type RobotWorld, startRobotWorld } from '../support/system-world.ts';

/** A robot's store is restored from a backup, or lost, while its board is without power. */
describe('a robot whose store', () => {
  let bench: Workbench;
  let map: string;
  beforeAll(async () => {
    bench = await makeWorkbench();
    const room = join(bench.folder, 'room');
    await mkdir(room);
    map = await writeMap(room, emptyRoom(24, 24));
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  it('is restored from a backup, lost, and restored again reports each mission once', async () => {
    await using world = await startRobotWorld({ ...bench, map, speed: 300 });
    const ended = new Map<string, BodyMission>();
    const clean = async (count: number) => {
      await using body = keepBusy(world, { count, random: () => 1, mayBegin: () => true });
      await body.done;
      for (const [id, mission] of body.ended) ended.set(id, mission);
      await allTold(world, ended);
    };
    const store = join(world.places.robot, 'store.db');
    const backup = join(world.places.dir, 'backup.db');

    await clean(4);
    await withoutPower(world, async () => {
      for (const end of ['', '-wal']) await copyFile(`${store}${end}`, `${backup}${end}`);
    });
    // More than the body remembers: it cannot report everything again that the backup lacks.
    await clean(20);
    const restore = async () => {
      await lose(store);
      for (const end of ['', '-wal']) await copyFile(`${backup}${end}`, `${store}${end}`);
    };
    for (const what of [restore, () => lose(store), restore]) {
      await withoutPower(world, what);
      await clean(10);
    }
    const robot = await expectEachInCloud(world, ended);
    expect(robot).toMatchObject({ ended: 54, open: 0, orphaned: 0, dropped: 0 });
    // The backup used ids a second time, which the cloud saw and resolved.
    expect(robot?.conflicts).toBeGreaterThan(0);
    expect(robot?.reReported).toBeGreaterThan(0);
  });
});

const lose = async (store: string): Promise<void> => {
  for (const end of ['', '-wal', '-shm']) await rm(`${store}${end}`, { force: true });
};

/** Does it while nothing runs. */
async function withoutPower({ board }: RobotWorld, work: () => Promise<void>): Promise<void> {
  await board.cutPower();
  await work();
  await board.start();
}

/** Resolves when the cloud has so many ended missions, and the robot knows it. */
async function allTold(world: RobotWorld, { size }: ReadonlyMap<string, unknown>): Promise<void> {
  await world.until(`${size} missions in the cloud`, async () => {
    const rows = await world.cloud.operator.missions({ robot: world.robot });
    return rows.filter(({ status }) => status === 'ended').length >= size ? true : undefined;
  });
  await unconfirmed(world, 0);
}
