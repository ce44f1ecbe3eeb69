import { paragraph, plain, table, utc, utcMinute, wrapped } from '../../base/text.ts';
import type { OperatorClient, StubStatus } from '../operator-client.ts';
import { explainUnknown } from './known-robot.ts';
import { showListeners } from './listeners.ts';

/** Output of `cloud-stub status`: a row for each robot, or a paragraph for one. */

type Robot = StubStatus['robots'][number];

/** All robots, or one. Throws `resource-not-found` for an unknown one. */
export function fetchStatus(
  client: OperatorClient,
  robot: string | undefined,
): Promise<StubStatus> {
  if (robot === undefined) return client.status();
  return client.status({ robot }).catch((error) => explainUnknown(error, robot));
}

export function showRobots({ robots, listeners }: StubStatus): string {
  const away = robots.filter(({ link }) => link.reason !== null);
  const ports = showListeners(listeners);
  const refused = robots.filter(({ refusals }) => Object.keys(refusals).length > 0);
  return [
    table(
      ['ROBOT', 'LINK', 'SINCE (UTC)', 'VERSION', 'LAST MISSION', 'JOB'],
      robots.map(({ robot, link, version, lastMission, job }) => [
        plain(robot),
        link.state,
        link.sinceMs === null ? '-' : utcMinute(link.sinceMs),
        plain(version ?? '-'),
        plain(lastMission?.outcome ?? lastMission?.status ?? '-'),
        job?.status ?? '-',
      ]),
      'no robots: none has connected yet',
    ),
    ...listOf('why not connected', away, ({ link }) => plain(link.reason ?? '')),
    ...listOf('messages refused', refused, refusalsOf),
    ...(ports === '' ? [] : ['', ports]),
  ].join('\n');
}

/** One line or more for each robot, below a title. */
function listOf(title: string, robots: readonly Robot[], say: (robot: Robot) => string): string[] {
  const width = Math.max(...robots.map(({ robot }) => plain(robot).length));
  const lines = robots.flatMap((one) => wrapped(`  ${plain(one.robot).padEnd(width)}  `, say(one)));
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines];
}

const refusalsOf = ({ refusals }: Robot): string =>
  Object.entries(refusals)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ');

export function showRobot({ robots }: StubStatus): string {
  const [one] = robots;
  if (one === undefined) return 'no robots';
  const { robot, link, version, slot, lastMission, job, presence, registeredMs } = one;
  const at = (ms: number | null | undefined) => (ms == null ? '' : ` ${utc(ms)}`);
  return paragraph(plain(robot), [
    ['link', `${link.state}${link.sinceMs === null ? '' : ` since${at(link.sinceMs)}`}`],
    ['why', link.reason === null ? undefined : plain(link.reason)],
    ['address', presence?.ipAddress === undefined ? undefined : plain(presence.ipAddress)],
    ['certificate', presence?.certificateId],
    ['registered', registeredMs === null ? 'not' : utc(registeredMs)],
    ['agent', version === null ? 'not reported' : `${plain(version)}, slot ${plain(slot ?? '?')}`],
    [
      'last mission',
      lastMission === null
        ? 'none'
        : `${lastMission.missionId}: ${plain(lastMission.outcome ?? lastMission.status)}, began${at(lastMission.startedMs)}${lastMission.endedMs === null ? '' : `, ended${at(lastMission.endedMs)}`}`,
    ],
    ['job', job === null ? 'none' : `${job.jobId}: ${job.status}${at(job.changedMs)}`],
    ['refused', refusalsOf(one) || undefined],
  ]);
}
