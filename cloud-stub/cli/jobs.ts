import { usage } from '../../base/cli.ts';
import type { Option, Options } from '../../base/command.ts';
import { readTextIfThere } from '../../base/files.ts';
import { plain, table, utc, utcMinute, wrapped } from '../../base/text.ts';
import type { ExecutionView, JobTable, OperatorClient } from '../operator-client.ts';
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
} as const satisfies Record<string, Option>;

type Answer = JobTable | ExecutionView;

export async function fetchJobs(
  client: OperatorClient,
  { job, robot, document }: Options<typeof jobOptions>,
): Promise<Answer> {
  if (document !== undefined) {
    const content = readObject(
      `--document ${document}`,
      (await readTextIfThere(document)) ?? rejectMissing(document),
    );
    await client.createJob({ jobId: job ?? '', targets: [robot ?? ''], document: content });
  }
  if (job !== undefined && robot !== undefined) return client.execution(robot, job);
  return client.jobs({
    ...(job === undefined ? {} : { job }),
    ...(robot === undefined ? {} : { robot }),
  });
}

/** Throws `usage` for a document that no robot would receive. */
export function checkJobs({ job, robot, document }: Options<typeof jobOptions>): void {
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
  return `${list}\n\n${executionsOf(one.executions)}`;
}

function countsOf(executions: JobTable['jobs'][number]['executions']): string {
  const groups = [...Map.groupBy(executions, ({ status }) => status)];
  return groups.map(([status, rows]) => `${status} ${rows.length}`).join(', ') || 'none';
}

const executionsOf = (executions: JobTable['jobs'][number]['executions']): string =>
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
