import { isObject } from '../../protocol/json.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';
import type { Context } from '../core/unit.ts';
import {
  type AbortCriterion,
  type ExecutionStatus,
  failureTypes,
  type JobRow,
} from '../job-rows.ts';
import { completeJob, executionsOf, isJobOpen } from './execution-changes.ts';
import { isTerminal } from './executions.ts';
import { cancelJob } from './job-endings.ts';
import { setTimer } from './timers.ts';

/**
 * A bad firmware must not reach the whole fleet: when too many executions have failed, the queued ones are canceled, and
 * those in progress go on. Source: AWS IoT developer guide, "Job abort configuration".
 */

const criteriaMax = 10;

/** `abortConfig` of CreateJob. */
export function readAbort(value: unknown): Result<AbortCriterion[] | undefined, 'InvalidRequest'> {
  if (value === undefined || value === null) return ok(undefined);
  const { criteriaList, ...others } = isObject(value) ? value : {};
  const [other] = Object.keys(others);
  if (other !== undefined) return refuse('InvalidRequest', `abortConfig.${other} is not served`);
  const isList = Array.isArray(criteriaList) && criteriaList.length <= criteriaMax;
  if (!isList || criteriaList.length === 0 || !criteriaList.every(isCriterion)) {
    const expected = `action CANCEL, failureType ${failureTypes.join(' | ')}, minNumberOfExecutedThings from 1, thresholdPercentage to 100`;
    return refuse('InvalidRequest', `abortConfig.criteriaList: 1 to ${criteriaMax} of ${expected}`);
  }
  return ok(
    criteriaList.map(({ failureType, minNumberOfExecutedThings, thresholdPercentage }) => ({
      ...{ failureType, minNumberOfExecutedThings, thresholdPercentage },
    })),
  );
}

/** The execution `robot/job` has ended: its job is checked. */
export const noteEnded = (ctx: Context, id: string): void =>
  setTimer(ctx, { kind: 'job', id: id.slice(id.indexOf('/') + 1) }, ctx.nowMs);

/** Some executions of the job have ended: completes it, or cancels it when too many have failed. */
export function checkJob(ctx: Context, jobId: string): void {
  completeJob(ctx, jobId);
  const job = ctx.store.get('jobs', jobId);
  if (job?.abort === undefined || !isJobOpen(job)) return;
  const ended = statusesOf(ctx, job);
  const criterion = job.abort.find((one) => isMet(one, ended));
  if (criterion === undefined) return;
  const { failureType, thresholdPercentage } = criterion;
  const comment = `${thresholdPercentage} % ${failureType === 'ALL' ? 'failed' : failureType}`;
  cancelJob(ctx, { jobId, force: false, reasonCode: 'ABORT_CRITERIA_MET', comment });
}

const statusesOf = (ctx: Context, job: JobRow): ExecutionStatus[] =>
  executionsOf(ctx, job)
    .map(({ status }) => status)
    .filter(isTerminal);

function isMet(
  { failureType, minNumberOfExecutedThings, thresholdPercentage }: AbortCriterion,
  ended: readonly ExecutionStatus[],
): boolean {
  if (ended.length < minNumberOfExecutedThings) return false;
  const failures: readonly string[] = failureType === 'ALL' ? failureTypes : [failureType];
  const failed = ended.filter((status) => failures.includes(status)).length;
  return failed * 100 >= thresholdPercentage * ended.length;
}

const criterionMembers = [
  ...['action', 'failureType', 'minNumberOfExecutedThings', 'thresholdPercentage'],
];

const isCriterion = (value: unknown): value is AbortCriterion =>
  isObject(value) &&
  Object.keys(value).every((name) => criterionMembers.includes(name)) &&
  value['action'] === 'CANCEL' &&
  failureTypes.some((one) => one === value['failureType']) &&
  isAtLeast(value['minNumberOfExecutedThings'], 1) &&
  Number.isInteger(value['minNumberOfExecutedThings']) &&
  isAtLeast(value['thresholdPercentage'], Number.MIN_VALUE) &&
  Number(value['thresholdPercentage']) <= 100;

const isAtLeast = (value: unknown, least: number): boolean =>
  typeof value === 'number' && value >= least;
