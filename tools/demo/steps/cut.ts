import type { MissionRow } from '../../../cloud-stub/rows.ts';
import type { BodyMission } from '../../../hal/robot-body.ts';
import { agentStatus, benchStatus } from '../board.ts';
import { until, wrong } from '../watch.ts';
import type { World } from '../world.ts';
import type { CloudUp } from './cloud.ts';
import type { MissionBegun } from './mission.ts';

export interface MissionDone {
  readonly row: MissionRow;
  readonly facts: {
    readonly missionId: string;
    readonly outcome: string;
    readonly rows: number;
    readonly lostMs: number;
    readonly received: number;
  };
}

const cutMs = 3000;

/**
 * Cuts the link in the middle of the mission. The robot continues without its cloud and reconnects by itself. In the
 * end the cloud has the mission once, as its final document, and the robot has the confirmation.
 */
export async function cutTheLink(
  world: World,
  { cloud, mission }: { cloud: CloudUp; mission: MissionBegun },
): Promise<MissionDone> {
  const { screen } = world;
  const lostMs = await loseAndReturn(world, { cloud, mission });
  const row = await mission.watch('the mission to end', ({ status }) => status !== 'open');
  const { outcome, durations, counters, area } = row.document;
  if (row.status !== 'ended' || outcome !== 'completed') {
    throw wrong('a completed mission', `${row.status}, ${outcome}`);
  }
  const minutes = (seconds: number) => (seconds / 60).toFixed(0);
  screen.say(
    'body time',
    `${minutes(durations.runS)} min driving, ${minutes(durations.chargeS)} min charging (at ${durations.clockSpeed} times the wall clock)`,
  );
  screen.say(
    'result',
    `${outcome}: ${area.cleanedM2} of ${area.reachableM2} m², stuck ${timesText(counters.stuck)}, recharged ${timesText(counters.recharges)}`,
  );
  const rows = await countRows(world, cloud, row);
  await confirmedOnRobot(world);
  const { received } = row.counts;
  screen.say('cloud', `${rows} row, the final document, out of ${received} reports`);
  screen.say('robot', 'knows that it is stored: nothing is left to confirm');
  return { row, facts: { missionId: row.missionId, outcome, rows, lostMs, received } };
}

const timesText = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** Returns how long the robot was disconnected, in ms. */
async function loseAndReturn(
  world: World,
  { cloud, mission }: { cloud: CloudUp; mission: MissionBegun },
): Promise<number> {
  const { robot, screen, signal } = world;
  const { operator } = cloud;
  const presence = async () =>
    (await operator.status()).robots.find((one) => one.robot === robot)?.presence ?? undefined;
  const before = (await presence())?.version ?? 0;
  await operator.cut(robot, cutMs);
  const lost = await until(
    { expected: 'the cloud to see the robot go', timeoutS: 15, signal },
    async () => {
      const now = await presence();
      return now?.state === 'disconnected' ? now : undefined;
    },
  );
  screen.say('link', `cut: the cloud has lost the robot (${lost.reason})`);
  const back = await until(
    { expected: 'the robot to come back', timeoutS: 45, signal },
    async () => {
      const { snapshot } = await benchStatus(world);
      showAlone(mission, snapshot.mission);
      const now = await presence();
      return now?.state === 'connected' && now.version > before ? now : undefined;
    },
  );
  screen.rest();
  const lostMs = back.sinceMs - lost.sinceMs;
  screen.say('link', `back by itself after ${(lostMs / 1000).toFixed(1)} s`);
  return lostMs;
}

/** The progress of a disconnected robot as the test bench reads it, beside the cloud's last report. */
function showAlone({ row, progress }: MissionBegun, now: BodyMission | null): void {
  if (now === null) return;
  const more = Math.max(0, now.cleanedM2 - row.document.area.cleanedM2).toFixed(1);
  progress('alone', {
    part: now.cleanedM2 / Math.max(0.1, now.reachableM2),
    text: `${now.cleanedM2.toFixed(1)} m², the cloud missed ${more}`,
  });
}

/** The number of rows that the cloud has for the body's mission, however often it was reported. */
async function countRows(world: World, { operator }: CloudUp, row: MissionRow): Promise<number> {
  const all = await operator.missions({ robot: world.robot });
  const { bodyMission } = row.document;
  const rows = all.filter(({ document }) => document.bodyMission === bodyMission).length;
  if (rows !== 1) throw wrong('the mission once in the table', `${rows} times`);
  return rows;
}

async function confirmedOnRobot(world: World): Promise<void> {
  await until(
    { expected: 'the robot to hear that its report is stored', timeoutS: 30, signal: world.signal },
    async () => {
      const { missions } = await agentStatus(world);
      return missions.unconfirmed === 0 ? missions : undefined;
    },
  );
}
