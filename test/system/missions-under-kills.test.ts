import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.ts';
import { buildAgentBundle } from '../../tools/firmware/bundle.ts';
import { emptyRoom, writeMap } from '../support/board-maps.ts';
import { keepBusy } from '../support/system-busy-body.ts';
import { createKiller } from '../support/system-killed.ts';
import { expectEachInCloud } from '../support/system-table.ts';
import { makeWorkbench, type Workbench } from '../support/system-workbench.ts';
import { type RobotWorld, startRobotWorld } from '../support/system-world.ts';

const missions = 1000;
const kills = 200;
const missionsEach = missions / kills;
const seed = 1;
/** The body remembers 16 ended missions; it begins no other one while a dead agent has not seen so many. */
const unseenMax = 14;

describe('an agent that is killed again and again', () => {
  let bench: Workbench;
  let image: string;
  let map: string;
  beforeAll(async () => {
    bench = await makeWorkbench();
    // As it is shipped: nothing in it knows of the kills.
    image = join(bench.folder, 'agent-whole.cjs');
    await buildAgentBundle({ version: '1.0.0', out: image });
    const room = join(bench.folder, 'room');
    await mkdir(room);
    // 1.2 m x 1.2 m: a mission takes half a minute of the body's time, less than 100 ms of ours.
    map = await writeMap(room, emptyRoom(24, 24));
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  it(`reports each of ${missions} missions once after ${kills} kills`, async () => {
    await using world = await startRobotWorld({ ...bench, image, map, speed: 500 });
    const killer = createKiller(world);
    await using body = keepBusy(world, {
      count: missions,
      random: seededRandom(seed, 1),
      mayBegin: (begun) =>
        begun < (killer.kills + 1) * missionsEach && begun < killer.left.stored + unseenMax,
    });
    const killing = killer.run(body, {
      count: kills,
      random: seededRandom(seed, 2),
      runMsMax: 1200,
      missionsEach,
      progress,
    });
    await Promise.all([body.done, killing]);
    progress(JSON.stringify(killer.found));
    const { missions: robotSays } = await settled(world);
    expect(robotSays).toMatchObject({ open: null, unconfirmed: 0, rejected: [], dropped: 0 });

    const robot = await expectEachInCloud(world, body.ended);
    progress(JSON.stringify(robot));
    expect(robot).toMatchObject({ ended: missions, open: 0, orphaned: 0 });
    expect(robot).toMatchObject({ gaps: [], missing: 0, dropped: 0, conflicts: 0, reReported: 0 });
    // Kills have hit every state; duplicate reports have arrived and changed nothing.
    for (const [what, count] of Object.entries(killer.found)) {
      expect({ what, often: count >= 3 }).toEqual({ what, often: true });
    }
    expect(robot?.duplicates).toBeGreaterThan(killer.found['in the cloud, not confirmed']);
  });
});

const progress = (line: string): void => void process.stdout.write(`${line}\n`);

interface Settled {
  readonly missions?: { readonly unconfirmed: number };
  readonly safeMode?: object;
}

/** The robot's status when it has nothing left to report. */
const settled = (world: RobotWorld): Promise<Settled> =>
  world.until('everything to be confirmed', async () => {
    const status = (await world.agentStatus()) as Settled;
    if (status.safeMode !== undefined)
      throw new Error('three kills of one boot: the test is wrong');
    return status.missions?.unconfirmed === 0 ? status : undefined;
  });
