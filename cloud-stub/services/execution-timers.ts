import { isObject } from '../../protocol/json.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';
import type { Context } from '../core/unit.ts';
import { deadlineOf } from './execution-changes.ts';
import { numberIn } from './job-requests.ts';
import { changeAttempt } from './job-retries.ts';

/**
 * Executions that take too long. The job's `inProgressTimeoutInMinutes` runs once, from the start of the execution. A
 * step's timer is set by the robot with a report: a new one replaces it, -1 drops it. The earlier of the two ends the
 * execution as TIMED_OUT. Source: AWS IoT developer guide, "Job timeout configuration".
 */

const minutesMax = 10_080;
const minuteMs = 60_000;

/** `stepTimeoutInMinutes` of a report, as the new deadline; `null` drops the timer, undefined leaves it. */
export function readStep(
  value: unknown,
  nowMs: number,
  { canDrop }: { readonly canDrop: boolean },
): Result<number | null | undefined, 'InvalidRequest'> {
  const minutes = numberIn(value);
  if (minutes === undefined) return ok(undefined);
  if (canDrop && minutes === -1) return ok(null);
  return isMinutes(minutes)
    ? ok(nowMs + minutes * minuteMs)
    : refuse('InvalidRequest', `stepTimeoutInMinutes must be 1 to ${minutesMax}`);
}

/** `timeoutConfig` of a job, in minutes. */
export function readTimeout(value: unknown): Result<number | undefined, 'InvalidRequest'> {
  if (value === undefined || value === null) return ok(undefined);
  const members = isObject(value) ? value : {};
  const { inProgressTimeoutInMinutes: minutes, ...others } = members;
  const [other] = Object.keys(others);
  if (other !== undefined) {
    return refuse('InvalidRequest', `timeoutConfig.${other} is not served`);
  }
  if (minutes === undefined && isObject(value)) return ok(undefined);
  return typeof minutes === 'number' && isMinutes(minutes)
    ? ok(minutes)
    : refuse(
        'InvalidRequest',
        `timeoutConfig.inProgressTimeoutInMinutes must be 1 to ${minutesMax}`,
      );
}

/** The deadline of an execution that starts now. */
export function startDeadline(ctx: Context, jobId: string): { readonly endMs?: number } {
  const minutes = ctx.store.get('jobs', jobId)?.timeoutMinutes;
  return minutes === undefined ? {} : { endMs: ctx.nowMs + minutes * minuteMs };
}

/** Ends the execution `robot/job` when its time is over. */
export function timeOut(ctx: Context, id: string): void {
  const row = ctx.store.get('job_executions', id);
  const dueMs = row && deadlineOf(row);
  if (row === undefined || dueMs === undefined || dueMs > ctx.nowMs) return;
  changeAttempt(ctx, row, { status: 'TIMED_OUT' });
}

const isMinutes = (value: number): boolean =>
  Number.isInteger(value) && value >= 1 && value <= minutesMax;
