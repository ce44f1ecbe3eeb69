import type { RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import type { JobRow } from '../job-rows.ts';
import { changeExecution, endExecution, executionKey } from './execution-changes.ts';
import { withNotification } from './executions.ts';
import { isMember } from './group-members.ts';
import { keepForLater, queueNext, rollOutMore } from './job-rollout.ts';

/**
 * Theory of operation. A CONTINUOUS job follows its groups while it is IN_PROGRESS: a thing that joins one gets an
 * execution, and the QUEUED execution of a thing that leaves the last one is REMOVED. One in progress goes on. A thing
 * that comes back gets the next execution if its last one is REMOVED, and no second one otherwise. `group_jobs` has the
 * jobs that follow a group as rows of that group, so a thing that joins and a job that is made never miss each other.
 * Source: AWS IoT developer guide, "Jobs and job execution states".
 */

/** The job follows its groups from now on. */
export function followGroups(ctx: Context, { jobId, groups = [] }: JobRow): void {
  for (const group of groups) ctx.store.put('group_jobs', `${group}/${jobId}`, { jobId });
}

export function unfollowGroups(ctx: Context, { jobId, groups = [] }: JobRow): void {
  for (const group of groups) ctx.store.remove('group_jobs', `${group}/${jobId}`);
}

/** The group is no more: a later one of the same name is another. */
export function forgetJobsOf(ctx: Context, group: string): void {
  for (const { key } of ctx.store.list('group_jobs', `${group}/`)) {
    ctx.store.remove('group_jobs', key);
  }
}

const jobsOf = (ctx: Context, group: string): JobRow[] =>
  ctx.store
    .list('group_jobs', `${group}/`)
    .flatMap(({ value }) => ctx.store.get('jobs', value.jobId) ?? []);

export function joinJobs(ctx: Context, group: string, thing: RobotId): void {
  for (const job of jobsOf(ctx, group)) addTargets(ctx, job, [thing]);
}

/** Things that have become targets of a CONTINUOUS job. Stores the job. */
export function addTargets(ctx: Context, job: JobRow, things: readonly RobotId[]): void {
  const { jobId, targets, rolledOut = targets.length } = job;
  const all = new Set(targets);
  // Those that wait for the job's rate get theirs with their batch.
  const waiting = new Set(job.status === 'SCHEDULED' ? [] : targets.slice(rolledOut));
  const removed = things.filter(
    (thing) =>
      all.has(thing) && !waiting.has(thing) && lastOf(ctx, jobId, thing)?.status === 'REMOVED',
  );
  const more = things.filter((one) => !all.has(one));
  if (job.status === 'SCHEDULED') return keepForLater(ctx, job, [...removed, ...more]);
  for (const thing of removed) withNotification(ctx, thing, () => queueNext(ctx, jobId, thing));
  rollOutMore(ctx, job, more);
}

const lastOf = (ctx: Context, jobId: string, thing: RobotId) =>
  ctx.store.get('job_executions', executionKey(thing, jobId));

export function leaveJobs(ctx: Context, group: string, thing: RobotId): void {
  for (const job of jobsOf(ctx, group)) {
    if (!isTarget(ctx, job, thing)) removeTarget(ctx, job, thing);
  }
}

const isTarget = (ctx: Context, { jobId, groups = [], named = [] }: JobRow, thing: RobotId) =>
  named.includes(thing) ||
  groups.some(
    (group) =>
      ctx.store.get('group_jobs', `${group}/${jobId}`) !== undefined && isMember(ctx, group, thing),
  );

function removeTarget(ctx: Context, job: JobRow, thing: RobotId): void {
  const { jobId, targets } = job;
  const row = lastOf(ctx, jobId, thing);
  const { rolledOut = targets.length } = job;
  if (targets.indexOf(thing) >= rolledOut) {
    const others = targets.filter((one) => one !== thing);
    // With an execution of an earlier time it stays a target, one that waits for nothing.
    const kept = row === undefined ? [] : [thing];
    ctx.store.put('jobs', jobId, {
      ...{ ...job, rolledOut: rolledOut + kept.length },
      targets: [...others.slice(0, rolledOut), ...kept, ...others.slice(rolledOut)],
    });
  }
  if (row?.status !== 'QUEUED') return;
  withNotification(ctx, thing, () => changeExecution(ctx, row, { status: 'REMOVED' }));
  endExecution(ctx, row);
}
