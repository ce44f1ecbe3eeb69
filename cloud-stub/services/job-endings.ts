import { ok, type Result, refuse } from '../../protocol/result.ts';
import type { RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import type { ExecutionRow, JobRow } from '../job-rows.ts';
import {
  changeExecution,
  checkJobSoon,
  emitExecutionEvent,
  emitJobEvent,
  endExecution,
  executionKey,
  executionsOf,
  isJobOpen,
  removeExecution,
} from './execution-changes.ts';
import { isTerminal, withNotification } from './executions.ts';
import { unfollowGroups } from './job-groups.ts';
import { stopRollout } from './job-rollout.ts';
import { setTimer } from './timers.ts';

/**
 * How an operator withdraws a job, or one execution of it. A robot that has begun is only interrupted with `force`. It
 * learns of it by `notify-next`, or by the error to its next report.
 * Source: AWS IoT API reference, CancelJob, DeleteJob, CancelJobExecution, DeleteJobExecution.
 */

export type EndingFault =
  | 'InvalidRequest'
  | 'InvalidStateTransition'
  | 'ResourceNotFound'
  | 'VersionConflict';

export interface Cancellation {
  readonly jobId: string;
  readonly force: boolean;
  /** `[A-Z0-9_]{1,128}` */
  readonly reasonCode?: string;
  readonly comment?: string;
}

/** Cancels the queued executions; with `force` also those in progress. */
export function cancelJob(
  ctx: Context,
  { jobId, force, reasonCode, comment }: Cancellation,
): Result<JobRow, EndingFault> {
  const job = ctx.store.get('jobs', jobId);
  if (job === undefined) return noJob(jobId);
  if (job.status === 'COMPLETED') {
    return refuse('InvalidRequest', `job ${jobId} is COMPLETED and cannot be canceled`);
  }
  stopRollout(ctx, jobId);
  setTimer(ctx, { kind: 'schedule', id: jobId }, undefined);
  unfollowGroups(ctx, job);
  const canceled: JobRow = {
    ...job,
    ...{ status: 'CANCELED', changedMs: ctx.nowMs, completedMs: ctx.nowMs },
    ...(force ? { forceCanceled: true } : {}),
    ...(reasonCode === undefined ? {} : { reasonCode }),
    ...(comment === undefined ? {} : { comment }),
  };
  ctx.store.put('jobs', jobId, canceled);
  ctx.log.info({ jobId, force, reasonCode }, 'job canceled');
  const open = executionsOf(ctx, job).filter(
    ({ status }) => status === 'QUEUED' || (force && status === 'IN_PROGRESS'),
  );
  for (const row of open) cancelOne(ctx, row);
  emitJobEvent(ctx, canceled, 'cancellation_in_progress');
  emitJobEvent(ctx, canceled, 'canceled');
  return ok(canceled);
}

/** Removes the job with all executions. One that still runs needs `force`. */
export function deleteJob(
  ctx: Context,
  { jobId, force }: { jobId: string; force: boolean },
): Result<null, EndingFault> {
  const job = ctx.store.get('jobs', jobId);
  if (job === undefined) return noJob(jobId);
  const rows = executionsOf(ctx, job);
  const isOpen = isJobOpen(job) || rows.some(({ status }) => status === 'IN_PROGRESS');
  if (isOpen && !force) {
    return refuse('InvalidStateTransition', `job ${jobId} still runs: force is needed`);
  }
  stopRollout(ctx, jobId);
  setTimer(ctx, { kind: 'schedule', id: jobId }, undefined);
  unfollowGroups(ctx, job);
  for (const row of rows) deleteOne(ctx, row);
  ctx.store.remove('jobs', jobId);
  ctx.log.info({ jobId, force, executions: rows.length }, 'job deleted');
  const deleting = { ...job, changedMs: ctx.nowMs };
  emitJobEvent(ctx, deleting, 'deletion_in_progress');
  emitJobEvent(ctx, deleting, 'deleted');
  return ok(null);
}

export interface ExecutionCancellation {
  readonly thing: RobotId;
  readonly jobId: string;
  readonly force: boolean;
  readonly expectedVersion?: number;
  /** Replaces what the robot has reported. */
  readonly statusDetails?: Record<string, string>;
}

export function cancelExecution(
  ctx: Context,
  { thing, jobId, force, expectedVersion, statusDetails }: ExecutionCancellation,
): Result<null, EndingFault> {
  const row = ctx.store.get('job_executions', executionKey(thing, jobId));
  if (row === undefined) return noExecution(thing, jobId);
  if (expectedVersion !== undefined && expectedVersion !== row.versionNumber) {
    const message = `expected version ${expectedVersion}, but it is ${row.versionNumber}`;
    return refuse('VersionConflict', message);
  }
  if (isTerminal(row.status)) {
    return refuse('InvalidStateTransition', `the execution is ${row.status}`);
  }
  if (row.status === 'IN_PROGRESS' && !force) {
    return refuse('InvalidStateTransition', 'the execution is IN_PROGRESS: force is needed');
  }
  cancelOne(ctx, row, statusDetails);
  return ok(null);
}

export function deleteExecution(
  ctx: Context,
  target: { thing: RobotId; jobId: string; executionNumber: number; force: boolean },
): Result<null, EndingFault> {
  const { thing, jobId, executionNumber, force } = target;
  const row = ctx.store.get('job_executions', executionKey(thing, jobId));
  if (row === undefined || row.executionNumber !== executionNumber) {
    return noExecution(thing, jobId);
  }
  if (!isTerminal(row.status) && !force) {
    return refuse('InvalidStateTransition', `the execution is ${row.status}: force is needed`);
  }
  deleteOne(ctx, row);
  // It may have been the last one that the job was waiting for.
  checkJobSoon(ctx, row);
  ctx.log.info({ robotId: thing, jobId, force }, 'job execution deleted');
  return ok(null);
}

function cancelOne(ctx: Context, row: ExecutionRow, statusDetails?: Record<string, string>): void {
  withNotification(ctx, row.thingName, () =>
    changeExecution(ctx, row, {
      status: 'CANCELED',
      ...(row.status === 'IN_PROGRESS' ? { forceCanceled: true } : {}),
      ...(statusDetails === undefined ? {} : { statusDetails }),
    }),
  );
  endExecution(ctx, row);
}

function deleteOne(ctx: Context, row: ExecutionRow): void {
  withNotification(ctx, row.thingName, () => removeExecution(ctx, row));
  emitExecutionEvent(ctx, row, 'deleted');
}

const noJob = (jobId: string): Result<never, EndingFault> =>
  refuse('ResourceNotFound', `Job ${jobId} cannot be found.`);

const noExecution = (thing: string, jobId: string): Result<never, EndingFault> =>
  refuse('ResourceNotFound', `no execution of job ${jobId} on ${thing}`);
