import { isObject } from '../../protocol/json.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';
import type { RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import type { JobRow, Rollout } from '../job-rows.ts';
import { completeJob, executionKey, queueExecution } from './execution-changes.ts';
import { withNotification } from './executions.ts';
import { phaseOf } from './job-schedule.ts';
import { setTimer } from './timers.ts';

/**
 * Firmware goes out in batches: each minute the next targets get their execution, in the order in which they were given.
 * The rate is constant, or grows with what was notified or has succeeded. Source: AWS IoT developer guide, "Job rollout
 * configurations".
 */

const rateMax = 1000;
const minuteMs = 60_000;
/** Without a rate, so many executions are queued a second: each is a row and a message, and robots wait meanwhile. */
const batchMax = 500;
const batchMs = 1000;

/** Queues the executions of the next batch. */
export function rollOut(ctx: Context, job: JobRow): void {
  const { jobId, targets, rolledOut = 0 } = job;
  const hasRate = job.rollout !== undefined;
  const end = rolledOut + (hasRate ? rateOf(ctx, job) : batchMax);
  for (const thing of targets.slice(rolledOut, end)) {
    // Things that were decommissioned since get none: it would never end.
    if (ctx.store.get('things', thing) === undefined) continue;
    withNotification(ctx, thing, () => queueNext(ctx, jobId, thing));
  }
  const { rolledOut: _before, ...done } = job;
  if (end >= targets.length) {
    if (job.rolledOut === undefined) return;
    ctx.store.put('jobs', jobId, done);
    return completeJob(ctx, jobId);
  }
  ctx.store.put('jobs', jobId, { ...done, rolledOut: end });
  setTimer(ctx, { kind: 'rollout', id: jobId }, ctx.nowMs + (hasRate ? minuteMs : batchMs));
}

/** Queues an execution for a thing that has none of the job, or whose last one was REMOVED. */
export function queueNext(ctx: Context, jobId: string, thing: RobotId): void {
  const last = ctx.store.get('job_executions', executionKey(thing, jobId));
  if (last !== undefined && last.status !== 'REMOVED') return;
  queueExecution(ctx, jobId, thing, (last?.executionNumber ?? 0) + 1);
}

/** Targets of a job that waits for its window: they come after all others. Stores the job. */
export function keepForLater(ctx: Context, job: JobRow, things: readonly RobotId[]): void {
  if (things.length === 0) return;
  const { jobId, targets, rolledOut = targets.length } = job;
  const later = new Set(things);
  const isOther = (one: RobotId) => !later.has(one);
  ctx.store.put('jobs', jobId, {
    ...job,
    targets: [...targets.filter(isOther), ...things],
    rolledOut: targets.slice(0, rolledOut).filter(isOther).length,
  });
}

/** Further targets of a job that goes on; their executions count as the others for its rate. Stores the job. */
export function rollOutMore(ctx: Context, job: JobRow, things: readonly RobotId[]): void {
  if (things.length === 0) return;
  const { jobId, targets, rollout, rolledOut } = job;
  const more = { ...job, targets: [...targets, ...things] };
  const isIdle = rollout === undefined && rolledOut === undefined;
  if (isIdle) return rollOut(ctx, { ...more, rolledOut: targets.length });
  ctx.store.put('jobs', jobId, { ...more, rolledOut: rolledOut ?? targets.length });
  // The minute of the batch before may not be over yet.
  if (rolledOut === undefined) setTimer(ctx, { kind: 'rollout', id: jobId }, ctx.nowMs + minuteMs);
}

/** The job gets no further executions. */
export const stopRollout = (ctx: Context, jobId: string): void =>
  setTimer(ctx, { kind: 'rollout', id: jobId }, undefined);

/** The time of the job's next batch has come. */
export function rollOutNext(ctx: Context, jobId: string): void {
  const job = ctx.store.get('jobs', jobId);
  // The end of its window may be due as well.
  const isOver = job?.schedule && phaseOf(job.schedule, ctx.nowMs).phase !== 'open';
  if (job !== undefined && !isOver) rollOut(ctx, job);
}

/** Executions in the next minute. */
function rateOf(ctx: Context, { jobId, targets, rollout, rolledOut = 0 }: JobRow): number {
  const { maximumPerMinute = rateMax, exponential } = rollout ?? {};
  if (exponential === undefined) return maximumPerMinute;
  const { baseRatePerMinute, incrementFactor, by, every } = exponential;
  const succeeded = () =>
    targets.filter(
      (thing) =>
        ctx.store.get('job_executions', executionKey(thing, jobId))?.status === 'SUCCEEDED',
    ).length;
  const reached = by === 'numberOfNotifiedThings' ? rolledOut : succeeded();
  const rate = baseRatePerMinute * incrementFactor ** Math.floor(reached / every);
  return Math.max(1, Math.min(maximumPerMinute, Math.round(rate)));
}

/** `jobExecutionsRolloutConfig` of CreateJob. */
export function readRollout(value: unknown): Result<Rollout | undefined, 'InvalidRequest'> {
  if (value === undefined || value === null) return ok(undefined);
  const { maximumPerMinute, exponentialRate, ...others } = isObject(value) ? value : {};
  const bad = (message: string) =>
    refuse('InvalidRequest', `jobExecutionsRolloutConfig: ${message}`);
  const [other] = Object.keys(others);
  if (other !== undefined) return bad(`${other} is not served`);
  if (maximumPerMinute === undefined && exponentialRate === undefined) {
    return bad('maximumPerMinute or exponentialRate is required');
  }
  if (maximumPerMinute !== undefined && !isWhole(maximumPerMinute, rateMax)) {
    return bad(`maximumPerMinute must be 1 to ${rateMax}`);
  }
  const exponential = exponentialRate === undefined ? undefined : readExponential(exponentialRate);
  if (exponential === null) {
    return bad(
      `exponentialRate needs baseRatePerMinute (1 to ${rateMax}), incrementFactor (1.1 to 5) and one of the rateIncreaseCriteria numberOfNotifiedThings, numberOfSucceededThings`,
    );
  }
  return ok({
    ...(maximumPerMinute === undefined ? {} : { maximumPerMinute }),
    ...(exponential === undefined ? {} : { exponential }),
  });
}

function readExponential(value: unknown): NonNullable<Rollout['exponential']> | null {
  if (!isObject(value)) return null;
  const { baseRatePerMinute, incrementFactor, rateIncreaseCriteria, ...others } = value;
  const criteria = isObject(rateIncreaseCriteria) ? Object.entries(rateIncreaseCriteria) : [];
  const [[by, every] = [undefined, undefined], more] = criteria;
  const isFactor =
    typeof incrementFactor === 'number' && incrementFactor >= 1.1 && incrementFactor <= 5;
  if (!isWhole(baseRatePerMinute, rateMax) || !isFactor || !isWhole(every, 1_000_000)) return null;
  if (by !== 'numberOfNotifiedThings' && by !== 'numberOfSucceededThings') return null;
  if (more !== undefined || Object.keys(others).length > 0) return null;
  return { baseRatePerMinute, incrementFactor, by, every };
}

const isWhole = (value: unknown, max: number): value is number =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max;

/** As AWS shows it. */
export const rolloutConfig = ({ maximumPerMinute, exponential }: Rollout): object => ({
  ...(maximumPerMinute === undefined ? {} : { maximumPerMinute }),
  ...(exponential === undefined
    ? {}
    : {
        exponentialRate: {
          baseRatePerMinute: exponential.baseRatePerMinute,
          incrementFactor: exponential.incrementFactor,
          rateIncreaseCriteria: { [exponential.by]: exponential.every },
        },
      }),
});
