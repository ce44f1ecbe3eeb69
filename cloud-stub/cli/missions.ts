import type { OperatorClient } from '../operator-client.ts';
import { plain, table } from './format.ts';
import { nothingOf } from './known-robot.ts';

/** What `cloud-stub missions` shows: the missions, and what was seen of each robot's. */

type Answer = Awaited<ReturnType<OperatorClient['missionTable']>>;

/** Throws `resource-not-found` for a robot that is not known. */
export async function askMissions(
  client: OperatorClient,
  { robot }: { robot: string | undefined },
): Promise<Answer> {
  const answer = await client.missionTable(robot === undefined ? {} : { robot });
  if (answer.missions.length === 0 && robot !== undefined) await nothingOf(client, robot);
  return answer;
}

export function showMissions({ missions, robots }: Answer): string {
  if (missions.length === 0) return 'none';
  return `${showRows(missions)}\n\n${showRobots(robots)}`;
}

const showRows = (rows: Answer['missions']): string =>
  table(
    ['MISSION', 'ROBOT', 'STATUS', 'OUTCOME', 'AREA', 'MAP', 'DUP', 'STALE'],
    rows.map(({ missionId, robot, status, document, map, counts }) => [
      missionId,
      robot,
      status,
      plain(document.outcome ?? document.phase),
      `${document.area.cleanedM2.toFixed(1)} m2`,
      map?.state ?? '',
      String(counts.duplicates),
      String(counts.stale),
    ]),
  );

const showRobots = (rows: Answer['robots']): string =>
  table(
    ['ROBOT', 'ENDED', 'OPEN', 'ABANDONED', 'DUP', 'STALE', 'REBORN', 'GAPS', 'MISSING', 'DROPPED'],
    rows.map((row) => [
      row.robot,
      ...[row.ended, row.open, row.abandoned, row.duplicates, row.stale, row.reborn].map(String),
      ...[row.gaps.length, row.missing, row.dropped].map(String),
    ]),
  );
