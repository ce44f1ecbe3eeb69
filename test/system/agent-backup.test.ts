import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { MissionList } from '../../agent/missions-list.ts';
import type { MissionRow } from '../../cloud-stub/rows.ts';
import { type CrashingRobot, soundStore, startCrashingRobot } from '../support/agent-crashing.ts';
import { pilotfish } from '../support/agent-process.ts';
import { until } from '../support/cloud-until.ts';
import { epoch } from '../support/cloud-world.ts';
import { folders } from '../support/pki-folder.ts';

// Real processes: somebody puts an older copy of a robot's store back.

const folder = folders();

/** Copies the store's files, log and all, or puts them back. */
function copyStore(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  const names = (dir: string) => readdirSync(dir).filter((name) => name.startsWith('store.db'));
  for (const name of names(to)) rmSync(join(to, name));
  for (const name of names(from)) cpSync(join(from, name), join(to, name));
}

const missions = ({ world }: CrashingRobot) =>
  world.cloud.operator.missions({ robot: world.robot }) as Promise<readonly MissionRow[]>;

async function listOf({ world }: CrashingRobot): Promise<MissionList> {
  const { out } = await pilotfish(['missions', '--config', world.config, '--json']);
  return JSON.parse(out) as MissionList;
}

/** The robot begins a mission and is told to stop; the cloud has its end, and the robot knows. */
async function clean(robot: CrashingRobot, count: number): Promise<void> {
  const { operator } = robot.world.cloud;
  await robot.pressButton();
  await until(async () => (await listOf(robot)).open !== null, 20_000);
  await operator.sendCommand({ robot: robot.world.robot, command: 'stop', lifeMs: 60_000 });
  await until(async () => {
    const ended = (await missions(robot)).filter(({ status }) => status === 'ended');
    return ended.length === count && (await listOf(robot)).waiting.count === 0;
  }, 20_000);
}

it('a store that was put back to an older copy: each mission once, and no number twice', async () => {
  const dir = await folder();
  const [data, backup] = [join(dir, 'robot'), join(dir, 'backup')];
  await using robot = await startCrashingRobot(dir, soundStore);
  await robot.status(({ link }) => link.state === 'up');
  await robot.cutPower(() => copyStore(data, backup));
  await robot.status(({ link }) => link.state === 'up');
  for (const count of [1, 2]) await clean(robot, count);
  const before = await missions(robot);
  expect(before.map(({ missionId }) => missionId).sort()).toEqual([`${epoch}-5`, `${epoch}-6`]);

  await robot.cutPower(() => copyStore(backup, data));
  await robot.status(({ link }) => link.state === 'up');
  await until(async () => (await listOf(robot)).history.count === 2, 20_000);
  const { epoch: next } = await listOf(robot);
  expect(next).not.toBe(epoch);
  await clean(robot, 3);

  const after = await missions(robot);
  for (const row of before) {
    const again = after.find(({ missionId }) => missionId === row.missionId);
    expect(again?.document).toEqual(row.document);
    expect(again?.otherIds).toHaveLength(1);
  }
  expect(after).toHaveLength(3);
  expect(new Set(after.map(({ document }) => document.bodyMission)).size).toBe(3);
  expect(after.map(({ missionId }) => missionId)).toContain(`${next}-3`);
  expect(await listOf(robot)).toMatchObject({
    ...{ waiting: { count: 0 }, deadLetters: { count: 0 }, history: { count: 3 } },
  });
});
