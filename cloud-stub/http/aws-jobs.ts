import { jsonPayload, seconds } from '../core/messages.ts';
import type { ExecutionRow, JobRow } from '../job-rows.ts';
import { deadlineOf, executionKey, executionsOf } from '../services/execution-changes.ts';
import * as control from '../services/job-control.ts';
import type { JobsFault } from '../services/job-requests.ts';
import { rolloutConfig } from '../services/job-rollout.ts';
import { comingWindows } from '../services/job-schedule.ts';
import { type JobsRequest, serveJobs } from '../services/jobs.ts';
import { jobArn, thingArn } from './arns.ts';
import { isTexts, jobSummary, targetArns } from './aws-job-targets.ts';
import { jobOptionMembers, readJobOptions } from './job-fields.ts';
import {
  type Fault,
  fault,
  pageOf,
  type Reply,
  type Route,
  type RouteContext,
  readJson,
  reply,
} from './routes.ts';

const pages = ['nextToken', 'maxResults'];
const jobsData = 'iot-jobs-data';

/** AWS IoT Jobs' paths: the control plane (client-iot) and the devices' (client-iot-jobs-data-plane). */
export const jobsRoutes: readonly Route[] = [
  {
    operation: 'CreateJob',
    method: 'PUT',
    path: '/jobs/{}',
    body: ['targets', 'document', 'targetSelection', 'schedulingConfig', ...jobOptionMembers],
    serve: createJob,
  },
  { operation: 'DescribeJob', method: 'GET', path: '/jobs/{}', serve: describeJob },
  {
    operation: 'UpdateJob',
    method: 'PATCH',
    path: '/jobs/{}',
    body: jobOptionMembers,
    serve: updateJob,
  },
  { operation: 'GetJobDocument', method: 'GET', path: '/jobs/{}/job-document', serve: jobDocument },
  {
    operation: 'ListJobExecutionsForJob',
    method: 'GET',
    path: '/jobs/{}/things',
    query: ['status', ...pages],
    serve: listExecutions,
  },
  {
    operation: 'GetPendingJobExecutions',
    service: jobsData,
    method: 'GET',
    path: '/things/{}/jobs',
    device: 'jobs',
    serve: pendingOfThing,
  },
  {
    operation: 'ListJobExecutionsForThing',
    method: 'GET',
    path: '/things/{}/jobs',
    query: pages,
    serve: listOfThing,
  },
  {
    operation: 'StartNextPendingJobExecution',
    method: 'PUT',
    path: '/things/{}/jobs/$next',
    device: 'jobs',
    body: ['statusDetails', 'stepTimeoutInMinutes'],
    serve: startNext,
  },
  {
    operation: 'DescribeJobExecution',
    service: jobsData,
    method: 'GET',
    path: '/things/{}/jobs/{}',
    device: 'jobs',
    query: ['includeJobDocument', 'executionNumber'],
    serve: describeToDevice,
  },
  {
    operation: 'DescribeJobExecution',
    method: 'GET',
    path: '/things/{}/jobs/{}',
    query: ['executionNumber'],
    serve: describeExecution,
  },
  {
    operation: 'UpdateJobExecution',
    method: 'POST',
    path: '/things/{}/jobs/{}',
    device: 'jobs',
    body: [
      ...['status', 'statusDetails', 'expectedVersion', 'executionNumber'],
      ...['includeJobExecutionState', 'includeJobDocument', 'stepTimeoutInMinutes'],
    ],
    serve: updateExecution,
  },
];

const isText = (value: unknown): value is string => typeof value === 'string';

function createJob(ctx: RouteContext, jobId: string): Reply {
  const fields = readJson(ctx.body);
  const targets = fields?.['targets'];
  const document = fields?.['document'];
  if (!isTexts(targets) || !isText(document)) {
    return fault('InvalidRequest', 'targets (ARNs) and document (JSON text) are required');
  }
  const { targetSelection } = fields ?? {};
  if (targetSelection !== undefined && !isText(targetSelection)) {
    return fault('InvalidRequest', 'targetSelection must be text');
  }
  const options = readJobOptions(fields ?? {});
  if (!options.ok) return fault(options.code, options.message);
  const result = control.createJob(ctx, {
    ...{ jobId, targets, document },
    ...(targetSelection === undefined ? {} : { targetSelection }),
    ...options.value,
    schedule: fields?.['schedulingConfig'],
  });
  if (!result.ok) return fault(result.code, result.message);
  return reply({ jobArn: jobArn(ctx.config.region, jobId), jobId });
}

function updateJob(ctx: RouteContext, jobId: string): Reply {
  const options = readJobOptions(readJson(ctx.body) ?? {});
  if (!options.ok) return fault(options.code, options.message);
  const result = control.updateJob(ctx, jobId, options.value);
  return result.ok ? reply({}) : fault(result.code, result.message);
}

/** As the operator gave it: URL placeholders are unexpanded. */
function jobDocument({ store }: RouteContext, jobId: string): Reply {
  const job = store.get('jobs', jobId);
  return job === undefined ? noJob(jobId) : reply({ document: job.document });
}

function describeJob(ctx: RouteContext, jobId: string): Reply {
  const { region } = ctx.config;
  const job = ctx.store.get('jobs', jobId);
  if (job === undefined) return noJob(jobId);
  const rows = executionsOf(ctx, job);
  const count = (status: string) => rows.filter((row) => row.status === status).length;
  return reply({
    job: {
      ...jobSummary(region, job),
      targets: targetArns(region, job),
      ...(job.description === undefined ? {} : { description: job.description }),
      presignedUrlConfig: {
        expiresInSec: job.urlExpiresS,
        ...(job.roleArn === undefined ? {} : { roleArn: job.roleArn }),
      },
      ...(job.timeoutMinutes === undefined
        ? {}
        : { timeoutConfig: { inProgressTimeoutInMinutes: job.timeoutMinutes } }),
      ...(job.rollout === undefined
        ? {}
        : { jobExecutionsRolloutConfig: rolloutConfig(job.rollout) }),
      ...(job.abort === undefined
        ? {}
        : {
            abortConfig: { criteriaList: job.abort.map((one) => ({ action: 'CANCEL', ...one })) },
          }),
      ...(job.retry === undefined ? {} : { jobExecutionsRetryConfig: { criteriaList: job.retry } }),
      ...scheduleOf(job, ctx.nowMs),
      ...(job.forceCanceled ? { forceCanceled: true } : {}),
      ...(job.reasonCode === undefined ? {} : { reasonCode: job.reasonCode }),
      ...(job.comment === undefined ? {} : { comment: job.comment }),
      jobProcessDetails: {
        numberOfQueuedThings: count('QUEUED'),
        numberOfInProgressThings: count('IN_PROGRESS'),
        numberOfSucceededThings: count('SUCCEEDED'),
        numberOfFailedThings: count('FAILED'),
        numberOfRejectedThings: count('REJECTED'),
        numberOfTimedOutThings: count('TIMED_OUT'),
        numberOfCanceledThings: count('CANCELED'),
        numberOfRemovedThings: count('REMOVED'),
      },
    },
  });
}

function scheduleOf({ schedule }: JobRow, nowMs: number): object {
  if (schedule === undefined) return {};
  const coming = comingWindows(schedule, nowMs).map((ms) => ({ startTime: minuteText(ms) }));
  return {
    schedulingConfig: schedule,
    ...(coming.length === 0 ? {} : { scheduledJobRollouts: coming }),
  };
}

/** `YYYY-MM-DD HH:MM`, in UTC. */
const minuteText = (ms: number): string =>
  new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

function listExecutions(ctx: RouteContext, jobId: string): Reply {
  const { query } = ctx;
  const job = ctx.store.get('jobs', jobId);
  if (job === undefined) return noJob(jobId);
  const rows = executionsOf(ctx, job);
  const status = query.get('status');
  const { page, next } = pageOf(
    rows.filter((row) => status === null || row.status === status),
    query,
  );
  const executionSummaries = page.map((row) => ({
    thingArn: thingArn(ctx.config.region, row.thingName),
    jobExecutionSummary: executionSummary(row),
  }));
  return reply({ executionSummaries, ...(next ? { nextToken: next } : {}) });
}

const executionSummary = (row: ExecutionRow) => ({
  status: row.status,
  executionNumber: row.executionNumber,
  ...(row.retryAttempt === undefined ? {} : { retryAttempt: row.retryAttempt }),
  queuedAt: seconds(row.queuedMs),
  lastUpdatedAt: seconds(row.changedMs),
  ...(row.startedMs === undefined ? {} : { startedAt: seconds(row.startedMs) }),
});

function pendingOfThing(ctx: RouteContext, thing: string): Reply {
  return device(ctx, { thing, verb: 'get' });
}

function listOfThing(ctx: RouteContext, thing: string): Reply {
  const rows = ctx.store.list('job_executions', `${thing}/`).map(({ value }) => value);
  const { page, next } = pageOf(rows, ctx.query);
  const executionSummaries = page.map((row) => ({
    jobId: row.jobId,
    jobExecutionSummary: executionSummary(row),
  }));
  return reply({ executionSummaries, ...(next ? { nextToken: next } : {}) });
}

function describeToDevice(ctx: RouteContext, thing: string, jobId: string): Reply {
  const fields = {
    includeJobDocument: ctx.query.get('includeJobDocument') !== 'false',
    executionNumber: ctx.query.get('executionNumber'),
  };
  return device(ctx, { thing, verb: 'get', jobId }, jsonPayload(fields));
}

function describeExecution(ctx: RouteContext, thing: string, jobId: string): Reply {
  const row = ctx.store.get('job_executions', executionKey(thing, jobId));
  const number = Number(ctx.query.get('executionNumber') ?? row?.executionNumber);
  if (row === undefined || row.executionNumber !== number) {
    return fault('ResourceNotFound', 'no such job execution');
  }
  return reply({
    execution: {
      jobId,
      thingArn: thingArn(ctx.config.region, thing),
      ...executionSummary(row),
      statusDetails: { detailsMap: row.statusDetails },
      versionNumber: row.versionNumber,
      ...(row.forceCanceled ? { forceCanceled: true } : {}),
      ...secondsLeft(row, ctx.nowMs),
    },
  });
}

/** AWS: `approximateSecondsBeforeTimedOut`. */
function secondsLeft(row: ExecutionRow, nowMs: number): object {
  const dueMs = deadlineOf(row);
  if (dueMs === undefined) return {};
  return { approximateSecondsBeforeTimedOut: Math.max(0, seconds(dueMs - nowMs)) };
}

function startNext(ctx: RouteContext, thing: string): Reply {
  return device(ctx, { thing, verb: 'start-next' }, ctx.body);
}

function updateExecution(ctx: RouteContext, thing: string, jobId: string): Reply {
  return device(ctx, { thing, verb: 'update', jobId }, ctx.body);
}

const deviceFaults: Readonly<Record<JobsFault, Fault>> = {
  InvalidJson: 'InvalidRequest',
  InvalidRequest: 'InvalidRequest',
  InvalidStateTransition: 'InvalidStateTransition',
  ResourceNotFound: 'ResourceNotFound',
  TerminalStateReached: 'TerminalState',
  VersionMismatch: 'VersionConflict',
};

/** The device's own requests over HTTP, where job documents are sent as text. */
function device(
  ctx: RouteContext,
  request: Omit<JobsRequest, 'payload'>,
  payload: Uint8Array = new Uint8Array(),
): Reply {
  const answer = serveJobs(ctx, { ...request, payload });
  if (!answer.ok) return fault(deviceFaults[answer.code], String(answer.body['message']));
  return reply(documentAsText(answer.body));
}

function documentAsText(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { jobDocument } = body;
  const execution = body['execution'] as Record<string, unknown> | undefined;
  return {
    ...body,
    ...(jobDocument === undefined ? {} : { jobDocument: JSON.stringify(jobDocument) }),
    ...(execution === undefined ? {} : { execution: documentAsText(execution) }),
  };
}

const noJob = (jobId: string): Reply => fault('ResourceNotFound', `Job ${jobId} cannot be found.`);
