import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Entry } from '../../agent/missions/outbox.ts';
import type { MissionDocument } from '../../protocol/schemas/missions.ts';
import { readCloudTable } from './day-database.ts';
import type { RobotWorld } from './system-world.ts';

/** The final documents of which the robot believes that the cloud has them, as they lie in its store. */
export function confirmedOnRobot({ places }: RobotWorld): MissionDocument[] {
  const path = join(places.robot, 'store.db');
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  try {
    const rows = database
      .prepare("SELECT value FROM state WHERE machine = 'missions' AND key <> ''")
      .all();
    return rows
      .map(({ value }) => (JSON.parse(String(value)) as { data: Entry }).data)
      .filter(({ state }) => state === 'confirmed')
      .map(({ document }) => document);
  } finally {
    database.close();
  }
}

/** The final documents in the cloud's database, whether or not the cloud runs. */
export const endedInCloudStore = ({ places }: RobotWorld): MissionDocument[] =>
  readCloudTable(join(places.cloud, 'cloud.db'), 'missions')
    .filter(({ value }) => value.status === 'ended')
    .map(({ value }) => value.document);
