import { join } from 'node:path';
import { callLocalApi } from '../../agent/io/local.ts';
import type { MissionList } from '../../agent/missions/requests.ts';
import { readCloudTable } from './demo-database.ts';
import type { RobotWorld } from './system-world.ts';

/** A report as both sides store it. */
export interface Told {
  readonly missionId: string;
  readonly outcome: string | undefined;
}

/** The reports that the robot has recorded as confirmed. */
export async function confirmedOnRobot({ places }: RobotWorld): Promise<Told[]> {
  const localApi = join(places.robot, 'run', 'agent.sock');
  const { history } = (await callLocalApi(localApi, 'missions', { all: true })) as MissionList;
  return history.newest.map(({ missionId, outcome }) => ({ missionId, outcome }));
}

/** The ended missions in the cloud's database, whether or not the cloud runs. */
export const endedInCloudStore = ({ places }: RobotWorld): Told[] =>
  readCloudTable(join(places.cloud, 'cloud.db'), 'missions')
    .filter(({ value }) => value.status === 'ended')
    .map(({ value: { missionId, document } }) => ({ missionId, outcome: document.outcome }));
