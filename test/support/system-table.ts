import { expect } from 'vitest';
import type { MissionRow } from '../../cloud-stub/rows.ts';
import type { MissionSummary } from '../../cloud-stub/services/mission-summary.ts';
import type { BodyMission } from '../../hal/robot-body.ts';
import { runCloud } from './cloud-process.ts';
import type { RobotWorld } from './system-world.ts';

/**
 * The cloud's table, as its operator reads it, has each of the body's ended missions once, as the body reports it, and no
 * other. Returns the cloud's row of the robot.
 */
export async function expectEachInCloud(
  { places, robot }: RobotWorld,
  ended: ReadonlyMap<string, BodyMission>,
): Promise<MissionSummary | undefined> {
  await using cli = runCloud(
    ...['missions', '--limit', '1000', '--json'],
    '--dir',
    places.cloud,
    '--robot',
    robot,
  );
  expect([await cli.ended(), cli.err]).toEqual([0, '']);
  const table = JSON.parse(cli.out) as { missions: MissionRow[]; robots: MissionSummary[] };
  expect(table.missions.map(ofRow).toSorted(byName)).toEqual(
    [...ended.values()].map(ofBody).toSorted(byName),
  );
  return table.robots[0];
}

const tenth = (value: number): number => Math.round(value * 10) / 10;

/** What both must agree on; reports have one digit after the point. */
const ofBody = ({ id, outcome, initiator, startedMs, endedMs, ...figures }: BodyMission) => ({
  name: id,
  ...{ status: 'ended', outcome, initiator, startedMs, endedMs },
  cleanedM2: tenth(figures.cleanedM2),
  reachableM2: tenth(figures.reachableM2),
  spans: [figures.runS, figures.pauseS, figures.chargeS],
  stuck: figures.stuckCount,
});

const ofRow = ({ status, document }: MissionRow) => ({
  name: document.bodyMission ?? '',
  ...{ status, outcome: document.outcome, initiator: document.initiator },
  startedMs: document.started.wallMs,
  endedMs: document.updated.wallMs,
  ...document.area,
  spans: [document.durations.runS, document.durations.pauseS, document.durations.chargeS],
  stuck: document.counters.stuck,
});

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
