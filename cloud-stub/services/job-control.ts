import { isObject } from '../../protocol/json.ts';
import { limits } from '../../protocol/limits.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';
import type { Context } from '../core/unit.ts';
import {
  type AbortCriterion,
  type JobRow,
  type RetryCriterion,
  type Rollout,
  type TargetSelection,
  targetSelections,
} from '../job-rows.ts';
import { completeJob } from './execution-changes.ts';
import { followGroups } from './job-groups.ts';
import { followSchedule } from './job-phases.ts';
import { rollOut } from './job-rollout.ts';
import { readSchedule } from './job-schedule.ts';
import { readTargets, targetsOf } from './job-targets.ts';

/** The operator's side of jobs. Source: AWS IoT API reference, CreateJob. */

export interface JobRequest {
  readonly jobId: string;
  /** ARNs of things and thing groups; things also by their names. */
  readonly targets: readonly string[];
  /** JSON text of an object. */
  readonly document: string;
  readonly description?: string;
  readonly targetSelection?: string;
  /** Lifetime of the pre-signed URLs in the document: 60..3600 seconds. */
  readonly urlExpiresS?: number;
  readonly roleArn?: string;
  /** How long an execution may be IN_PROGRESS: 1..10080 minutes. */
  readonly timeoutMinutes?: number;
  readonly abort?: AbortCriterion[];
  readonly retry?: RetryCriterion[];
  readonly rollout?: Rollout;
  /** AWS: SchedulingConfig. */
  readonly schedule?: unknown;
}

/** What can be changed of a job. */
export type JobUpdate = Pick<
  JobRequest,
  'description' | 'urlExpiresS' | 'roleArn' | 'timeoutMinutes' | 'abort' | 'retry' | 'rollout'
>;

export type JobControlFault = 'InvalidRequest' | 'ResourceAlreadyExists' | 'ResourceNotFound';

/** Makes the job and queues one execution for each thing, also for those in its groups now. */
export function createJob(ctx: Context, request: JobRequest): Result<JobRow, JobControlFault> {
  const { jobId, document, urlExpiresS = 3600 } = request;
  const fault = faultIn(request, urlExpiresS);
  if (fault) return fault;
  const targetSelection = selectionOf(request) ?? 'SNAPSHOT';
  const schedule = readSchedule(request.schedule, { nowMs: ctx.nowMs, targetSelection });
  if (!schedule.ok) return schedule;
  const targets = readTargets(ctx, request.targets);
  if (!targets.ok) return targets;
  if (ctx.store.get('jobs', jobId) !== undefined) {
    return refuse('ResourceAlreadyExists', `job ${jobId} exists`);
  }
  const job: JobRow = {
    jobId,
    status: schedule.value === undefined ? 'IN_PROGRESS' : 'SCHEDULED',
    targetSelection,
    ...targetsOf(ctx, targets.value),
    document,
    urlExpiresS,
    ...optionsOf(request),
    ...(schedule.value === undefined ? {} : { schedule: schedule.value, rolledOut: 0 }),
    createdMs: ctx.nowMs,
    changedMs: ctx.nowMs,
  };
  ctx.store.put('jobs', jobId, job);
  if (job.targetSelection === 'CONTINUOUS') followGroups(ctx, job);
  if (job.schedule === undefined) rollOut(ctx, job);
  else followSchedule(ctx, jobId);
  // Nothing will end it when its groups are empty.
  if (job.targets.length === 0) completeJob(ctx, jobId);
  return ok(job);
}

/** Changes the job for what happens from now on: executions that run keep their timers (AWS: UpdateJob). */
export function updateJob(
  ctx: Context,
  jobId: string,
  change: JobUpdate,
): Result<JobRow, JobControlFault> {
  const job = ctx.store.get('jobs', jobId);
  if (job === undefined) return refuse('ResourceNotFound', `Job ${jobId} cannot be found.`);
  const { urlExpiresS = job.urlExpiresS } = change;
  const fault = faultInOptions({ ...change, urlExpiresS });
  if (fault) return fault;
  const changed = { ...job, ...optionsOf(change), urlExpiresS, changedMs: ctx.nowMs };
  ctx.store.put('jobs', jobId, changed);
  return ok(changed);
}

const optionsOf = ({ description, roleArn, timeoutMinutes, ...criteria }: JobUpdate) => ({
  ...(description === undefined ? {} : { description }),
  ...(roleArn === undefined ? {} : { roleArn }),
  ...(timeoutMinutes === undefined ? {} : { timeoutMinutes }),
  ...(criteria.abort === undefined ? {} : { abort: criteria.abort }),
  ...(criteria.retry === undefined ? {} : { retry: criteria.retry }),
  ...(criteria.rollout === undefined ? {} : { rollout: criteria.rollout }),
});

function faultIn(
  request: JobRequest,
  urlExpiresS: number,
): Result<never, JobControlFault> | undefined {
  const bad = (message: string) => refuse('InvalidRequest', message);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(request.jobId)) return bad('jobId must be [A-Za-z0-9_-]{1,64}');
  if (selectionOf(request) === undefined) {
    return bad(`targetSelection must be ${targetSelections.join(' | ')}`);
  }
  const fault = faultInOptions({ ...request, urlExpiresS });
  if (fault) return fault;
  if (Buffer.byteLength(request.document) > limits.jobDocumentBytesMax) {
    return bad(`document has more than ${limits.jobDocumentBytesMax} bytes`);
  }
  return isJsonObject(request.document) ? undefined : bad('document must be a JSON object');
}

const selectionOf = ({ targetSelection = 'SNAPSHOT' }: JobRequest): TargetSelection | undefined =>
  targetSelections.find((one) => one === targetSelection);

function faultInOptions({
  description = '',
  urlExpiresS = 3600,
}: JobUpdate): Result<never, JobControlFault> | undefined {
  const bad = (message: string) => refuse('InvalidRequest', message);
  if (!Number.isInteger(urlExpiresS) || urlExpiresS < 60 || urlExpiresS > 3600) {
    return bad('presignedUrlConfig.expiresInSec must be 60 to 3600');
  }
  const isText = description.length <= descriptionCharsMax && !/\p{C}/u.test(description);
  return isText ? undefined : bad(`description has at most ${descriptionCharsMax} characters`);
}

const descriptionCharsMax = 2028;

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}
