import { usage } from '../../base/cli.ts';
import type { Option, Options } from '../../base/command.ts';
import { readTextIfThere } from '../../base/files.ts';
import { paragraph, plain, table, utc, utcMinute, wrapped } from '../../base/text.ts';
import type { ExecutionView, JobTable, OperatorClient } from '../operator-client.ts';
import { nothingOf } from './known-robot.ts';
import { readObject } from './read-object.ts';

/** `cloud-stub jobs`: request, action and output for all jobs, one job, or one job on one robot. */

export const jobOptions = {
  job: { type: 'string', value: 'ID', describe: 'this job, and how far its robots are' },
  robot: { type: 'string', value: 'ID', describe: 'only jobs of this robot' },
  document: {
    type: 'string',
    value: 'FILE',
    describe: 'job document, JSON: makes the job first; belongs to --job and --robot',
  },
  cancel: { type: 'boolean', describe: 'withdraws the job first; with --robot only there' },
  delete: { type: 'boolean', describe: 'removes the job first; with --robot only there' },
  force: { type: 'boolean', describe: 'with --cancel or --delete: also where a robot has begun' },
} as const satisfies Record<string, Option>;

type Answer = JobTable | ExecutionView;

export async function fetchJobs(
  client: OperatorClient,
  options: Options<typeof jobOptions>,
): Promise<Answer> {
  const { job, robot, document, force } = options;
  if (document !== undefined) {
    const content = readObject(
      `--document ${document}`,
      (await readTextIfThere(document)) ?? rejectMissing(document),
    );
    await client.createJob({ jobId: job ?? '', targets: [robot ?? ''], document: content });
  }
  const how = { force: force === true, ...(robot === undefined ? {} : { robot }) };
  if (options.cancel) await client.cancelJob(job ?? '', how);
  if (options.delete) {
    await client.deleteJob(job ?? '', how);
    return client.jobs(robot === undefined ? {} : { robot });
  }
  if (job !== undefined && robot !== undefined) return client.execution(robot, job);
  const table = await client.jobs({
    ...(job === undefined ? {} : { job }),
    ...(robot === undefined ? {} : { robot }),
  });
  if (table.jobs.length === 0 && robot !== undefined) await nothingOf(client, robot);
  return table;
}

/** Throws `usage` for a document that no robot would receive, and for an ending without a job. */
export function checkJobs(options: Options<typeof jobOptions>): void {
  const { job, robot, document } = options;
  const ends = [options.cancel, options.delete].filter((one) => one === true).length;
  if (ends > 1 || (ends === 1 && (job === undefined || document !== undefined))) {
    throw usage('--cancel and --delete belong to --job, one at a time', 'see --help');
  }
  if (options.force && ends === 0) throw usage('--force belongs to --cancel or --delete');
  if (document === undefined || (job !== undefined && robot !== undefined)) return;
  throw usage('--document belongs to --job and --robot', 'it makes the job ID for that robot');
}

function rejectMissing(path: string): never {
  throw usage(`--document ${path}: no such file`);
}

export function showJobs(answer: Answer): string {
  if ('statusDetails' in answer) return showExecution(answer);
  const { jobs, omitted } = answer;
  const more = omitted === 0 ? '' : `\n${omitted} older ones are not shown`;
  const list = table(
    ['JOB', 'STATUS', 'MADE (UTC)', 'TARGETS', 'EXECUTIONS'],
    jobs.map(({ jobId, status, createdMs, targets, executions }) => [
      jobId,
      status,
      utcMinute(createdMs),
      targets.length === 1 ? plain(targets[0] ?? '') : `${targets.length} robots`,
      countsOf(executions),
    ]),
    'no jobs',
  );
  const [one] = jobs;
  if (one === undefined || jobs.length > 1) return list + more;
  return [list, ...detailsOf(one), executionsOf(one.executions)].join('\n\n');
}

type Job = JobTable['jobs'][number];

/** What of the job no column has: its groups, its times, and why it was canceled. */
function detailsOf({ jobId, targetSelection, groups, description, schedule = {}, ...job }: Job) {
  const { startTime, endTime, endBehavior = 'STOP_ROLLOUT', maintenanceWindows } = schedule;
  const [window] = maintenanceWindows ?? [];
  const entries = [
    ['about', description],
    ['groups', groups && `${groups.join(', ')} (${targetSelection})`],
    ['starts', startTime && zoned(startTime)],
    ['window', window && `${window.startTime} (UTC), for ${window.durationInMinutes} minutes`],
    ['ends', endTime && `${zoned(endTime)}, by ${endBehavior}`],
    ['why', [job.reasonCode, job.comment].filter(Boolean).join(': ') || undefined],
  ] as const;
  const given = entries.map(([name, words]) => [name, words && plain(words)] as const);
  return given.some(([, words]) => words) ? [paragraph(`job ${jobId}`, given)] : [];
}

/** A time as the operator gave it is UTC unless it names a zone. */
const zoned = (time: string): string => (/(Z|[+-]\d\d:\d\d)$/.test(time) ? time : `${time} (UTC)`);

function countsOf(executions: Job['executions']): string {
  const groups = [...Map.groupBy(executions, ({ status }) => status)];
  return groups.map(([status, rows]) => `${status} ${rows.length}`).join(', ') || 'none';
}

const executionsOf = (executions: Job['executions']): string =>
  table(
    ['ROBOT', 'STATUS', 'CHANGED (UTC)', 'WHY'],
    executions.map(({ thingName, status, changedMs, statusDetails }) => [
      plain(thingName),
      status,
      utcMinute(changedMs),
      plain(statusDetails['reason'] ?? statusDetails['step'] ?? ''),
    ]),
    'no executions',
  );

/**
 * A row, and below it each detail that the robot has reported, whole, on its own line. `REV` counts the changes of the
 * execution (AWS: `versionNumber`); it is unrelated to the version of a firmware.
 */
export function showExecution(row: ExecutionView): string {
  const { jobId, status, versionNumber, lastUpdatedAt } = row;
  const details = Object.entries(row.statusDetails.detailsMap).flatMap(([name, text]) =>
    wrapped(`  ${plain(name)}: `, plain(text)),
  );
  const head = table(
    ['STATUS', 'REV', 'CHANGED', 'JOB'],
    [[status, String(versionNumber), utc(lastUpdatedAt * 1000), jobId]],
    'none',
  );
  return [head, ...details].join('\n');
}
