import type { RobotMessages } from '../../protocol/channels.ts';
import { isObject } from '../../protocol/json.ts';
import { expandReports } from '../../protocol/report-lists.ts';
import type { RobotId } from '../../protocol/topics.ts';
import type { Table } from '../rows.ts';
import { readObject } from './incoming.ts';
import type { Read } from './rerun.ts';
import type { Routed } from './router.ts';

/**
 * The reads that a message's handler will probably make, to be fetched in one round trip. Only a hint: a read that is
 * not named here costs one round trip more, a needless one costs nearly nothing. A test counts the round trips.
 */
export function expectedReads(message: Routed): readonly Read[] {
  const { robot, parsed, payload } = message;
  if (parsed?.channel.direction !== 'up' || parsed.channel.event === undefined) return [];
  return hints[parsed.channel.event as keyof RobotMessages]?.({ robot, parsed, payload }) ?? [];
}

type Hint = (message: Pick<Routed, 'robot' | 'payload'> & Parsed) => Read[];
interface Parsed {
  readonly parsed: NonNullable<Routed['parsed']>;
}

const row = (table: Table, key: string): Read => ({ kind: 'row', table, key });
const list = (table: Table, prefix: string): Read => ({ kind: 'list', table, prefix });

const ofShadow: Hint = ({ robot, parsed: { shadow } }) => [
  row('shadows', shadow === undefined ? robot : `${robot}/${shadow}`),
];

const ofJobs: Hint = ({ robot, parsed: { job } }) => {
  const executions = list('job_executions', `${robot}/`);
  if (job === undefined || job === '$next') return [executions];
  const key = `${robot}/${job}`;
  return [
    ...[executions, row('jobs', job), row('job_executions', key)],
    ...[row('timer_times', `execution/${key}`), row('timer_times', `ended/${key}`)],
  ];
};

const hints: { readonly [E in keyof RobotMessages]?: Hint } = {
  'missions/report': ({ robot, payload }) => [
    row('handlers', 'missions/report'),
    ...[row('mission_ledgers', robot), row('gap_requests', robot)],
    row('timer_times', `gaps/${robot}`),
    ...reportsIn(payload).flatMap((report) => readsOfReport(robot, report)),
  ],
  'maps/upload': ({ robot, payload }) => missionReads(robot, idIn(payload, 'missionId')),
  'commands/outcome': ({ robot, payload }) => {
    const key = `${robot}/${idIn(payload, 'id') ?? ''}`;
    return [
      ...[row('handlers', 'commands/outcome'), row('commands', key)],
      row('timer_times', `command/${key}`),
    ];
  },
  'renewal/create': ({ robot }) => [row('presence', robot), row('renewals', robot)],
  'renewal/register': ({ robot }) => [
    ...[row('presence', robot), row('renewals', robot), row('things', robot)],
    row('timer_times', `tokens/${robot}`),
  ],
  'shadow/get': ofShadow,
  'shadow/update': ofShadow,
  'shadow/delete': ofShadow,
  'jobs/get': ofJobs,
  'jobs/start-next': ofJobs,
  'jobs/update': ofJobs,
};

function reportsIn(payload: Uint8Array): readonly unknown[] {
  const read = readObject(payload);
  const reports = read.ok ? expandReports(read.value) : read;
  return reports.ok ? reports.value : [];
}

function readsOfReport(robot: RobotId, report: unknown): Read[] {
  if (!isObject(report)) return [];
  const { missionId, bodyMission } = report;
  const ofBody =
    typeof bodyMission === 'string' ? [row('body_missions', `${robot}/${bodyMission}`)] : [];
  return [...missionReads(robot, missionId), ...ofBody];
}

const missionReads = (robot: RobotId, missionId: unknown): Read[] =>
  typeof missionId === 'string'
    ? [row('mission_aliases', `${robot}/${missionId}`), row('missions', `${robot}/${missionId}`)]
    : [];

function idIn(payload: Uint8Array, name: string): string | undefined {
  const read = readObject(payload);
  const id = read.ok ? read.value[name] : undefined;
  return typeof id === 'string' ? id : undefined;
}
