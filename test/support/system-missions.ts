import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { MissionRow } from '../../cloud-stub/rows.ts';
import type { BodyMission } from '../../hal/robot-body.ts';
import type { RobotWorld } from './system-world.ts';

/** The cloud sends the robot cleaning; resolves with the body's mission as soon as that is under way. */
export async function beginMission({
  cloud,
  board,
  robot,
  until,
}: RobotWorld): Promise<BodyMission> {
  await cloud.operator.sendCommand({ robot, command: 'start', lifeMs: 60_000 });
  return until('the robot to clean', async () => {
    const { mission } = (await board.status()).snapshot;
    return mission ?? undefined;
  });
}

/** Resolves when so much of the floor is clean, 0 to 1. */
export const cleaned = ({ board, until }: RobotWorld, part: number): Promise<true> =>
  until(`${part * 100} % of the floor to be clean`, async () => {
    const { mission } = (await board.status()).snapshot;
    if (mission === null) throw new Error('the mission has ended already: the test is too slow');
    return mission.cleanedM2 >= part * mission.reachableM2 ? true : undefined;
  });

/** Resolves when the body has ended a mission, reported or not. */
export const endedOnBody = ({ board, until }: RobotWorld, id: string): Promise<BodyMission> =>
  until(`the body to end ${id}`, async () =>
    (await board.status()).snapshot.ended.find((mission) => mission.id === id),
  );

/** The mission's row as soon as the cloud has one. */
export const openedInCloud = (world: RobotWorld, id: string): Promise<MissionRow> =>
  world.until(`the cloud to know ${id}`, async () => (await rowsOf(world, id))[0]);

/** The mission's row when it has come to its end, and its map, if there is to be one, is in the object store. */
export const settledInCloud = (world: RobotWorld, id: string): Promise<MissionRow> =>
  world.until(`${id} to end in the cloud, with its map`, async () => {
    const [row] = await rowsOf(world, id);
    if (row?.status !== 'ended') return undefined;
    const hasMap = row.document.map === undefined || row.map?.state === 'stored';
    return hasMap ? row : undefined;
  });

/** Every row that the cloud has of a body's mission: there should be one. */
export async function rowsOf({ cloud, robot }: RobotWorld, id: string): Promise<MissionRow[]> {
  const rows = await cloud.operator.missions({ robot });
  return rows.filter(({ document }) => document.bodyMission === id);
}

/** The files of the object store, by the end of their keys. */
async function objectFiles({ places }: RobotWorld): Promise<string[]> {
  const entries = await readdir(join(places.cloud, 'objects'), { withFileTypes: true });
  // A file's name is 24 random digits and the end of its key.
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name.slice(25));
}

/** Resolves when the robot knows that the cloud has everything, and keeps no map any more. */
const nothingLeft = (world: RobotWorld): Promise<true> =>
  world.until('the robot to have nothing left to report', async () => {
    const { missions, maps } = await world.agentStatus();
    return missions?.unconfirmed === 0 && maps?.kept === 0 ? true : undefined;
  });

/** Resolves when so many ended missions wait on the robot for the cloud's word. */
export const unconfirmed = (world: RobotWorld, count: number): Promise<true> =>
  world.until(`${count} reports to wait on the robot`, async () => {
    const { missions } = await world.agentStatus();
    return missions?.unconfirmed === count ? true : undefined;
  });

/**
 * The mission has one row in the cloud, with this outcome; the object store holds the map of every mission that left one,
 * once, and the robot has nothing left to report.
 */
export async function expectOnce(world: RobotWorld, id: string, outcome: string): Promise<void> {
  await nothingLeft(world);
  const [row, ...others] = await rowsOf(world, id);
  expect(others).toEqual([]);
  expect(row?.document.outcome).toBe(outcome);
  expect(row?.counts.conflicts).toBe(0);
  // A robot that lost its power in a mission has also lost its knowledge of the floor.
  const maps = outcome === 'completed' ? [`map-${row?.missionId}.png`] : [];
  expect(await objectFiles(world)).toEqual(maps);
}
