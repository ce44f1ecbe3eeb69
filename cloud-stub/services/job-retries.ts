import { isObject } from '../../protocol/json.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';
import type { Context } from '../core/unit.ts';
import { type ExecutionRow, type RetryCriterion, retryTypes } from '../job-rows.ts';
import {
  changeExecution,
  emitExecutionEvent,
  endExecution,
  isJobOpen,
  storeExecution,
} from './execution-changes.ts';
import { isTerminal, withNotification } from './executions.ts';

/**
 * An execution that FAILED or TIMED_OUT is queued again as often as its job allows, as a new execution with the next
 * number and without details. Meanwhile the job goes on, and its abort criteria do not count the failure: they see the
 * last attempt only. Source: AWS IoT developer guide, "Job executions retry configuration"; that a retry has a new
 * execution number is inferred.
 */

const criteriaMax = 2;
const retriesMax = 10;

/** `jobExecutionsRetryConfig` of CreateJob. */
export function readRetry(value: unknown): Result<RetryCriterion[] | undefined, 'InvalidRequest'> {
  if (value === undefined || value === null) return ok(undefined);
  const { criteriaList, ...others } = isObject(value) ? value : {};
  const [other] = Object.keys(others);
  if (other !== undefined) {
    return refuse('InvalidRequest', `jobExecutionsRetryConfig.${other} is not served`);
  }
  const isList = Array.isArray(criteriaList) && criteriaList.length <= criteriaMax;
  if (!isList || criteriaList.length === 0 || !criteriaList.every(isCriterion)) {
    const expected = `failureType ${retryTypes.join(' | ')}, numberOfRetries 0 to ${retriesMax}`;
    const message = `jobExecutionsRetryConfig.criteriaList: 1 or 2 of ${expected}, ${retriesMax} in all`;
    return refuse('InvalidRequest', message);
  }
  const criteria = criteriaList.map(({ failureType, numberOfRetries }) => ({
    ...{ failureType, numberOfRetries },
  }));
  const types = new Set(criteria.map(({ failureType }) => failureType));
  const total = criteria.reduce((sum, { numberOfRetries }) => sum + numberOfRetries, 0);
  return types.size === criteria.length && total <= retriesMax
    ? ok(criteria)
    : refuse('InvalidRequest', `jobExecutionsRetryConfig: each type once, ${retriesMax} in all`);
}

/**
 * Changes an execution by its robot's report or its timer. When that ends it, it is queued again, or its job is checked.
 */
export function changeAttempt(ctx: Context, row: ExecutionRow, to: Partial<ExecutionRow>): void {
  let isRetried = false;
  withNotification(ctx, row.thingName, () => {
    changeExecution(ctx, row, to);
    isRetried = retry(ctx, row);
  });
  if (isRetried) emitExecutionEvent(ctx, row, row.status.toLowerCase());
  else if (isTerminal(row.status)) endExecution(ctx, row);
}

/** Queues the ended execution `row` again when its job allows it; returns whether it did. */
function retry(ctx: Context, row: ExecutionRow): boolean {
  const job = ctx.store.get('jobs', row.jobId);
  const { retryAttempt = 0 } = row;
  if (job === undefined || !isJobOpen(job)) return false;
  if (retryAttempt >= retriesFor(job.retry ?? [], row)) return false;
  const { jobId, thingName, executionNumber } = row;
  storeExecution(ctx, {
    ...{ jobId, thingName, status: 'QUEUED', statusDetails: {} },
    ...{ queuedMs: ctx.nowMs, changedMs: ctx.nowMs, versionNumber: 1 },
    ...{ executionNumber: executionNumber + 1, retryAttempt: retryAttempt + 1 },
  });
  ctx.log.info(
    { robotId: thingName, jobId, retryAttempt: retryAttempt + 1 },
    'job execution retried',
  );
  return true;
}

/** The retries that the job allows for this end. */
const retriesFor = (criteria: readonly RetryCriterion[], { status }: ExecutionRow): number =>
  status === 'FAILED' || status === 'TIMED_OUT'
    ? criteria
        .filter(({ failureType }) => failureType === status || failureType === 'ALL')
        .reduce((sum, { numberOfRetries }) => sum + numberOfRetries, 0)
    : 0;

const isCriterion = (value: unknown): value is RetryCriterion =>
  isObject(value) &&
  Object.keys(value).every((name) => name === 'failureType' || name === 'numberOfRetries') &&
  retryTypes.some((one) => one === value['failureType']) &&
  Number.isInteger(value['numberOfRetries']) &&
  Number(value['numberOfRetries']) >= 0 &&
  Number(value['numberOfRetries']) <= retriesMax;
