import type { Option, Options } from '../../base/command.ts';
import { paragraph, plain, table, utc, utcMinute } from '../../base/text.ts';
import type { Stamp } from '../../protocol/schemas/time.ts';
import type { MissionTable, OperatorClient } from '../operator-client.ts';
import { outcomeOf } from '../services/robot-view.ts';
import { ofRobot, readMoment } from './call-running.ts';
import { nothingOf } from './known-robot.ts';

/** `cloud-stub missions`: request and output of the missions, and a summary of each robot's. */

export const missionOptions = {
  robot: ofRobot,
  mission: { type: 'string', value: 'ID', describe: 'this one, with all that is known of it' },
  since: { type: 'string', value: 'TIME', describe: 'only what was reported since then, UTC' },
  limit: { type: 'integer', default: 50, min: 1, max: 1000, describe: 'only so many, the newest' },
} as const satisfies Record<string, Option>;

type Row = MissionTable['missions'][number];

/** Throws `resource-not-found` for an unknown robot or mission, `usage` for a `since` that is not a time. */
export async function fetchMissions(
  client: OperatorClient,
  { robot, mission, since, limit }: Options<typeof missionOptions>,
): Promise<MissionTable> {
  const answer = await client.missionTable({
    limit,
    ...(robot === undefined ? {} : { robot }),
    ...(mission === undefined ? {} : { mission }),
    ...(since === undefined ? {} : { sinceMs: readMoment('--since', since) }),
  });
  if (answer.missions.length === 0 && robot !== undefined) await nothingOf(client, robot);
  return answer;
}

export function showMissions({ missions, robots, omitted }: MissionTable): string {
  if (missions.length === 0) return 'no missions';
  const more = omitted === 0 ? '' : `\n${omitted} older ones are not shown: --limit shows more`;
  return `${showRows(missions)}${more}\n\n${showRobots(robots)}`;
}

const showRows = (rows: readonly Row[]): string =>
  table(
    ['MISSION', 'ROBOT', 'BEGAN (UTC)', 'STATUS', 'OUTCOME', 'M2', 'MAP'],
    rows.map((row) => [
      row.missionId,
      row.robot,
      minuteOf(row.document.started),
      row.status,
      plain(outcomeOf(row) ?? '-'),
      row.document.area.cleanedM2.toFixed(1),
      row.map?.state ?? '-',
    ]),
    'no missions',
  );

/** By the robot's clock. `~` marks an unverified clock: the time is no earlier than shown. */
function minuteOf({ wallMs, quality }: Stamp): string {
  if (quality === 'unset') return 'clock not set';
  return quality === 'synced' ? utcMinute(wallMs) : `~${utcMinute(wallMs)}`;
}

const showRobots = (rows: MissionTable['robots']): string =>
  table(
    ['ROBOT', 'ENDED', 'OPEN', 'ORPHANED', 'DUP', 'STALE', 'RENAMED', 'GAPS', 'MISSING', 'DROPPED'],
    rows.map((row) => [
      row.robot,
      ...[row.ended, row.open, row.orphaned, row.duplicates, row.stale, row.reReported].map(String),
      ...[row.gaps.length, row.missing, row.dropped].map(String),
    ]),
    'no robots',
  );

/** Everything known of each mission, in paragraphs. */
export const showMissionsWhole = ({ missions }: MissionTable): string =>
  missions.length === 0 ? 'no such mission' : missions.map(showMission).join('\n\n');

function showMission(row: Row): string {
  const { document, map, counts, otherIds = [] } = row;
  const { area, durations, counters, started, updated } = document;
  const minutes = (seconds: number) => `${Math.round(seconds / 60)} min`;
  const spent = `${minutes(durations.runS)} driving, ${minutes(durations.pauseS)} paused, ${minutes(durations.chargeS)} charging`;
  const counted = `received ${counts.received}, of them ${counts.duplicates} again, ${counts.stale} overtaken`;
  return paragraph(`mission ${row.missionId}`, [
    ['robot', plain(row.robot)],
    ['status', row.status],
    ['outcome', plain(outcomeOf(row) ?? '-')],
    ['phase', document.ended ? undefined : plain(document.phase)],
    ['began', `${stampOf(started)}, by ${plain(document.initiator)}`],
    [document.ended ? 'ended' : 'last received', stampOf(updated)],
    ['body time', spent],
    ['area', `${area.cleanedM2.toFixed(1)} of ${area.reachableM2.toFixed(1)} m2`],
    ['stuck', `${times(counters.stuck)}; recharged ${times(counters.recharges)}`],
    ['map', map && `${map.state}, ${map.type}, ${map.size} bytes`],
    ['map id', map?.mapId],
    ['object', map?.objectKey],
    ['other ids', otherIds.length === 0 ? undefined : otherIds.join(' ')],
    ['reports', `${counted}; first ${utc(row.firstSeenMs)}, last ${utc(row.lastSeenMs)}`],
  ]);
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

const stampOf = (stamp: Stamp): string =>
  stamp.quality === 'unset'
    ? 'clock not set'
    : `${stamp.quality === 'synced' ? '' : 'not before '}${utc(stamp.wallMs)}`;
