import { ok, type Result, refuse } from '../../protocol/result.ts';
import type { RobotId } from '../../protocol/topics.ts';
import { jsonPayload, type Outbound, seconds } from '../core/messages.ts';
import type { Context } from '../core/unit.ts';
import type { ExecutionRow, ExecutionStatus } from '../job-rows.ts';
import { changeExecution, executionKey } from './execution-changes.ts';
import { readStep, startDeadline } from './execution-timers.ts';
import {
  describe,
  documentFor,
  isTerminal,
  pendingOf,
  stateOf,
  summary,
  withNotification,
} from './executions.ts';
import {
  type Fields,
  type JobsFault,
  numberIn,
  readDetails,
  readFields,
  readStatus,
  tokenOf,
} from './job-requests.ts';
import { changeAttempt } from './job-retries.ts';

/**
 * The device's side of jobs: `get`, `start-next`, `{job|$next}/get`, `{job}/update`, by MQTT or HTTP alike.
 * Source: AWS IoT developer guide, "Jobs device MQTT and HTTPS APIs".
 */

export interface JobsRequest {
  readonly thing: RobotId;
  readonly verb: 'get' | 'start-next' | 'update';
  /** Absent for the list of all; may be `$next`. */
  readonly jobId?: string;
  readonly payload: Uint8Array;
}

export type JobsAnswer =
  | { readonly ok: true; readonly body: Fields }
  | { readonly ok: false; readonly code: JobsFault; readonly body: Fields };

/** Serves one request; the answer itself is not emitted. Never throws on input. */
export function serveJobs(ctx: Context, request: JobsRequest): JobsAnswer {
  const fields = readFields(request.payload);
  if (!fields.ok) return rejected(ctx, fields, {});
  const answer = dispatch(ctx, request, fields.value);
  if (!answer.ok) return rejected(ctx, answer, fields.value);
  const body = { ...answer.value, timestamp: seconds(ctx.nowMs), ...tokenOf(fields.value) };
  return { ok: true, body };
}

/** The MQTT form of an answer. It reaches the requester whether or not it has subscribed. */
export function jobsReply({ thing, verb, jobId }: JobsRequest, answer: JobsAnswer): Outbound {
  const path = jobId === undefined ? verb : `${jobId}/${verb}`;
  return {
    robot: thing,
    direct: true,
    topic: `$aws/things/${thing}/jobs/${path}/${answer.ok ? 'accepted' : 'rejected'}`,
    payload: jsonPayload(answer.body),
  };
}

type Outcome = Result<Fields, JobsFault> & {
  readonly execution?: ExecutionRow;
};

function dispatch(ctx: Context, { thing, verb, jobId }: JobsRequest, fields: Fields): Outcome {
  if (verb === 'start-next') return startNext(ctx, thing, fields);
  if (verb === 'update') return update(ctx, executionKey(thing, jobId ?? ''), fields);
  return jobId === undefined ? listPending(ctx, thing) : describeOne(ctx, thing, jobId, fields);
}

function listPending(ctx: Context, thing: RobotId): Outcome {
  const rows = pendingOf(ctx, thing);
  const of = (status: ExecutionStatus) => rows.filter((row) => row.status === status).map(summary);
  return ok({ inProgressJobs: of('IN_PROGRESS'), queuedJobs: of('QUEUED') });
}

function startNext(ctx: Context, thing: RobotId, fields: Fields): Outcome {
  const head = pendingOf(ctx, thing)[0];
  if (head === undefined) return ok({});
  const details = readDetails(fields['statusDetails']);
  if (!details.ok) return details;
  const step = readStep(fields['stepTimeoutInMinutes'], ctx.nowMs, { canDrop: false });
  if (!step.ok) return step;
  const steps = step.value ? { stepEndMs: step.value } : {};
  withNotification(ctx, thing, () => {
    if (head.status === 'IN_PROGRESS') {
      if (step.value) changeExecution(ctx, head, steps);
      return;
    }
    changeExecution(ctx, head, {
      status: 'IN_PROGRESS',
      startedMs: ctx.nowMs,
      ...startDeadline(ctx, head.jobId),
      ...steps,
      ...(details.value ? { statusDetails: details.value } : {}),
    });
  });
  return ok({ execution: describeWithDocument(ctx, head) });
}

function describeOne(ctx: Context, thing: RobotId, jobId: string, fields: Fields): Outcome {
  const row =
    jobId === '$next'
      ? pendingOf(ctx, thing)[0]
      : ctx.store.get('job_executions', executionKey(thing, jobId));
  if (row === undefined) {
    return jobId === '$next' ? ok({}) : refuse('ResourceNotFound', `no job ${jobId} here`);
  }
  const wrong = wrongNumber(row, fields);
  if (wrong) return wrong;
  if (isTerminal(row.status)) {
    return refuse('TerminalStateReached', `the execution is ${row.status}`);
  }
  const withDocument = fields['includeJobDocument'] !== false;
  return ok({ execution: withDocument ? describeWithDocument(ctx, row) : describe(row) });
}

function update(ctx: Context, key: string, fields: Fields): Outcome {
  const row = ctx.store.get('job_executions', key);
  if (row === undefined) return refuse('ResourceNotFound', 'no such job execution');
  const requested = readStatus(fields['status']);
  if (!requested.ok) return requested;
  const details = readDetails(fields['statusDetails']);
  if (!details.ok) return details;
  const step = readStep(fields['stepTimeoutInMinutes'], ctx.nowMs, { canDrop: true });
  if (!step.ok) return step;
  const wrong = wrongNumber(row, fields) ?? wrongVersion(row, fields);
  if (wrong) return wrong;
  if (isTerminal(row.status)) {
    const message = `cannot go from ${row.status} to ${requested.value}`;
    return { ...refuse('InvalidStateTransition', message), execution: row };
  }
  const started = row.startedMs === undefined && requested.value !== 'REJECTED';
  changeAttempt(ctx, row, {
    status: requested.value,
    ...(details.value ? { statusDetails: details.value } : {}),
    ...(started ? { startedMs: ctx.nowMs, ...startDeadline(ctx, row.jobId) } : {}),
    ...(step.value === undefined ? {} : { stepEndMs: step.value }),
  });
  const job = fields['includeJobDocument'] === true && ctx.store.get('jobs', row.jobId);
  return ok({
    ...(fields['includeJobExecutionState'] === true ? { executionState: stateOf(row) } : {}),
    ...(job ? { jobDocument: documentFor(ctx, job) } : {}),
  });
}

function describeWithDocument(ctx: Context, row: ExecutionRow): Fields {
  const job = ctx.store.get('jobs', row.jobId);
  return describe(row, job && documentFor(ctx, job));
}

function wrongNumber(row: ExecutionRow, fields: Fields): Outcome | undefined {
  const number = numberIn(fields['executionNumber']);
  return number === undefined || number === row.executionNumber
    ? undefined
    : refuse('ResourceNotFound', `no execution number ${number}`);
}

function wrongVersion(row: ExecutionRow, fields: Fields): Outcome | undefined {
  const version = numberIn(fields['expectedVersion']);
  if (version === undefined || version === row.versionNumber) return undefined;
  const message = `expected version ${version}, but it is ${row.versionNumber}`;
  return { ...refuse('VersionMismatch', message), execution: row };
}

function rejected(
  ctx: Context,
  fault: { code: JobsFault; message: string; execution?: ExecutionRow },
  fields: Fields,
): JobsAnswer {
  const { code, message, execution } = fault;
  const state = execution === undefined ? {} : { executionState: stateOf(execution) };
  const body = { code, message, timestamp: seconds(ctx.nowMs), ...tokenOf(fields), ...state };
  return { ok: false, code, body };
}
