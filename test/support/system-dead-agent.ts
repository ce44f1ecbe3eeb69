import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Row } from '../../agent/missions/state.ts';
import type { RobotWorld } from './system-world.ts';

/** What a killed agent left on the disk of its missions. */
export interface LeftBehind {
  /** Missions whose ends are stored. */
  readonly stored: number;
  readonly isOpen: boolean;
  /** Ends that the robot does not know to be confirmed: those that wait for their maps, and those that the cloud has already. */
  readonly awaitingMap: number;
  readonly unconfirmed: number;
  readonly unacknowledged: number;
}

/**
 * Read from a copy, because reading the file itself would lock out the next agent. Undefined when that agent was faster
 * and the copy is inconsistent.
 */
export function leftBehind({ places, robot }: RobotWorld): LeftBehind | undefined {
  const folder = mkdtempSync('/tmp/pf-dead-');
  try {
    for (const name of ['store.db', 'store.db-wal']) {
      const path = join(places.robot, name);
      if (existsSync(path)) copyFileSync(path, join(folder, name));
    }
    const { row, waiting } = missionsIn(join(folder, 'store.db'));
    const unconfirmed = waiting.filter(({ state }) => state === 'unconfirmed');
    const keys = unconfirmed.map(({ key }) => `${robot}/${String(key)}`);
    return {
      stored: row === undefined ? 0 : row.nextN - 1 - Number(row.open !== null),
      isOpen: (row?.open ?? null) !== null,
      awaitingMap: waiting.length - unconfirmed.length,
      unconfirmed: unconfirmed.length,
      unacknowledged: endedInCloud(join(places.cloud, 'cloud.db'), keys),
    };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function missionsIn(file: string) {
  const database = new DatabaseSync(file);
  try {
    const row = database
      .prepare("SELECT value -> '$.data' AS row FROM state WHERE machine = 'missions' AND key = ''")
      .get();
    const waiting = database
      .prepare(
        `SELECT key, value ->> '$.data.state' AS state FROM state
          WHERE machine = 'missions' AND key <> '' AND state <> 'confirmed'`,
      )
      .all();
    return { row: row && (JSON.parse(String(row['row'])) as Row), waiting };
  } finally {
    database.close();
  }
}

/** How many of these missions have ended in the cloud's database. */
function endedInCloud(file: string, keys: readonly string[]): number {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    const status = database.prepare(
      "SELECT value ->> '$.status' AS status FROM missions WHERE key = ?",
    );
    return keys.filter((key) => status.get(key)?.['status'] === 'ended').length;
  } finally {
    database.close();
  }
}
