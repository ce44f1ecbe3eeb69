import type { Context } from '../core/unit.ts';
import type { JobRow, Schedule } from '../job-rows.ts';
import { completeJob, executionKey, isJobOpen } from './execution-changes.ts';
import { cancelJob } from './job-endings.ts';
import { unfollowGroups } from './job-groups.ts';
import { rollOut, stopRollout } from './job-rollout.ts';
import { phaseOf } from './job-schedule.ts';
import { setTimer } from './timers.ts';

/**
 * Theory of operation. A job with a schedule has a timer for the next change of its phase. While it waits, it is
 * SCHEDULED: things that become its targets are kept, and those that had no execution yet get theirs when it opens.
 * Executions that a robot has go on, in a window or not.
 *
 *     phase    | SCHEDULED              | IN_PROGRESS
 *     waiting  | -                      | SCHEDULED, rolls out no more
 *     open     | IN_PROGRESS, rolls out | -
 *     over     | by endBehavior         | by endBehavior
 */
export function followSchedule(ctx: Context, jobId: string): void {
  const job = ctx.store.get('jobs', jobId);
  if (job?.schedule === undefined || job.rolloutEnded || !isJobOpen(job)) return;
  const { phase, nextMs } = phaseOf(job.schedule, ctx.nowMs);
  setTimer(ctx, { kind: 'schedule', id: jobId }, nextMs);
  if (phase === 'over') return end(ctx, job, job.schedule);
  if (phase === 'open' && job.status === 'SCHEDULED') open(ctx, job);
  if (phase === 'waiting' && job.status === 'IN_PROGRESS') close(ctx, job);
}

function open(ctx: Context, job: JobRow): void {
  const opened: JobRow = { ...job, status: 'IN_PROGRESS', changedMs: ctx.nowMs };
  ctx.store.put('jobs', job.jobId, opened);
  ctx.log.info({ jobId: job.jobId }, 'job begins to roll out');
  if (opened.rolledOut !== undefined) rollOut(ctx, opened);
}

function close(ctx: Context, job: JobRow): void {
  stopRollout(ctx, job.jobId);
  ctx.store.put('jobs', job.jobId, { ...job, status: 'SCHEDULED', changedMs: ctx.nowMs });
  ctx.log.info({ jobId: job.jobId }, 'job waits for its next window');
}

function end(ctx: Context, job: JobRow, { endBehavior = 'STOP_ROLLOUT' }: Schedule): void {
  const { jobId } = job;
  ctx.log.info({ jobId, endBehavior }, 'job has reached its end time');
  if (endBehavior !== 'STOP_ROLLOUT') {
    cancelJob(ctx, { jobId, force: endBehavior === 'FORCE_CANCEL' });
    return;
  }
  stopRollout(ctx, jobId);
  unfollowGroups(ctx, job);
  const { rolledOut, ...rest } = job;
  const targets = job.targets.filter(
    (thing, i) =>
      i < (rolledOut ?? job.targets.length) ||
      ctx.store.get('job_executions', executionKey(thing, jobId)) !== undefined,
  );
  const ended = { status: 'IN_PROGRESS', rolloutEnded: true, changedMs: ctx.nowMs } as const;
  ctx.store.put('jobs', jobId, { ...rest, ...ended, targets });
  completeJob(ctx, jobId);
}
