import type { RobotId } from '../../protocol/topics.ts';
import { jsonPayload, seconds } from '../core/messages.ts';
import type { Context } from '../core/unit.ts';
import type { ExecutionRow, JobRow } from '../job-rows.ts';
import { isTerminal, pendingOf } from './executions.ts';
import { setTimer } from './timers.ts';

/**
 * Changes of job executions, and the events about them. Source: AWS IoT developer guide, "Jobs events".
 */

export const executionKey = (thing: RobotId, jobId: string): string => `${thing}/${jobId}`;

export function queueExecution(
  ctx: Context,
  jobId: string,
  thingName: RobotId,
  executionNumber = 1,
): void {
  ctx.store.put('job_executions', executionKey(thingName, jobId), {
    jobId,
    thingName,
    status: 'QUEUED',
    statusDetails: {},
    queuedMs: ctx.nowMs,
    changedMs: ctx.nowMs,
    versionNumber: 1,
    executionNumber,
  });
}

/** The executions of a job, in the order of its targets. */
export function executionsOf(ctx: Context, job: Pick<JobRow, 'jobId' | 'targets'>): ExecutionRow[] {
  return job.targets.flatMap(
    (thing) => ctx.store.get('job_executions', executionKey(thing, job.jobId)) ?? [],
  );
}

/** Changes and stores `row`; each change is a new version. */
export function changeExecution(ctx: Context, row: ExecutionRow, to: Partial<ExecutionRow>): void {
  Object.assign(row, to, { changedMs: ctx.nowMs, versionNumber: row.versionNumber + 1 });
  storeExecution(ctx, row);
  const { jobId, thingName: robotId, status, statusDetails } = row;
  ctx.log.info({ robotId, jobId, status, statusDetails }, 'job execution changed');
}

/** Stores the execution, with its timer. */
export function storeExecution(ctx: Context, row: ExecutionRow): void {
  const id = executionKey(row.thingName, row.jobId);
  ctx.store.put('job_executions', id, row);
  setTimer(ctx, { kind: 'execution', id }, deadlineOf(row));
}

export function removeExecution(ctx: Context, row: ExecutionRow): void {
  const id = executionKey(row.thingName, row.jobId);
  ctx.store.remove('job_executions', id);
  setTimer(ctx, { kind: 'execution', id }, undefined);
}

/** When the execution times out; undefined when it does not. */
export function deadlineOf({ status, endMs, stepEndMs }: ExecutionRow): number | undefined {
  const dueMs = Math.min(endMs ?? Infinity, stepEndMs ?? Infinity);
  return status === 'IN_PROGRESS' && dueMs !== Infinity ? dueMs : undefined;
}

/** An execution has ended: its event now, and what follows for its job soon (`job-aborts.ts`). */
export function endExecution(ctx: Context, row: ExecutionRow): void {
  emitExecutionEvent(ctx, row, row.status.toLowerCase());
  checkJobSoon(ctx, row);
}

/** The robot's own row says that its execution has ended: a robot's message writes no row of a job. */
export const checkJobSoon = (ctx: Context, { thingName, jobId }: ExecutionRow): void =>
  setTimer(ctx, { kind: 'ended', id: executionKey(thingName, jobId) }, ctx.nowMs);

/** Whether the job has not ended: it rolls out, or waits for its start or its next window. */
export const isJobOpen = ({ status }: Pick<JobRow, 'status'>): boolean =>
  status === 'IN_PROGRESS' || status === 'SCHEDULED';

/** Completes the job when none of its executions is open. A CONTINUOUS one goes on for things to come. */
export function completeJob(ctx: Context, jobId: string): void {
  const job = ctx.store.get('jobs', jobId);
  if (job?.status !== 'IN_PROGRESS') return;
  if (job.targetSelection === 'CONTINUOUS' && !job.rolloutEnded) return;
  if (!haveAllEnded(ctx, job)) return;
  const done = { status: 'COMPLETED', changedMs: ctx.nowMs, completedMs: ctx.nowMs } as const;
  ctx.store.put('jobs', jobId, { ...job, ...done });
  emitJobEvent(ctx, { ...job, ...done }, 'completed');
}

export function emitExecutionEvent(ctx: Context, row: ExecutionRow, operation: string): void {
  const { jobId, thingName, status, statusDetails } = row;
  const payload = {
    ...{ eventType: 'JOB_EXECUTION', operation, jobId, thingName, status, statusDetails },
    timestamp: seconds(ctx.nowMs),
  };
  const topic = `$aws/events/jobExecution/${jobId}/${operation}`;
  ctx.emit({ topic, payload: jsonPayload(payload) });
}

/** Times are in whole seconds (AWS: epoch seconds). */
export function emitJobEvent(ctx: Context, job: JobRow, operation: string): void {
  const { jobId, status, createdMs, changedMs, completedMs } = job;
  const payload = {
    ...{ eventType: 'JOB', operation, jobId, status, timestamp: seconds(ctx.nowMs) },
    ...{ createdAt: seconds(createdMs), lastUpdatedAt: seconds(changedMs) },
    ...(completedMs === undefined ? {} : { completedAt: seconds(completedMs) }),
  };
  ctx.emit({ topic: `$aws/events/job/${jobId}/${operation}`, payload: jsonPayload(payload) });
}

/** Ends every pending execution of a thing that was removed. */
export function removePending(ctx: Context, thing: RobotId): void {
  for (const row of pendingOf(ctx, thing)) {
    changeExecution(ctx, row, { status: 'REMOVED' });
    endExecution(ctx, row);
  }
}

/** A target without an execution has none yet (`job-rollout.ts`), or was removed. */
const haveAllEnded = (ctx: Context, job: JobRow): boolean =>
  job.rolledOut === undefined &&
  job.targets.every((thing) => {
    const row = ctx.store.get('job_executions', executionKey(thing, job.jobId));
    return row === undefined || isTerminal(row.status);
  });
