import * as endings from '../services/job-endings.ts';
import { numberIn, readDetails } from '../services/job-requests.ts';
import { jobArn } from './arns.ts';
import {
  ended,
  fault,
  type Reply,
  type Route,
  type RouteContext,
  readJson,
  reply,
} from './routes.ts';

/** How jobs and executions are withdrawn (client-iot). */
export const jobEndingRoutes: readonly Route[] = [
  {
    operation: 'CancelJob',
    method: 'PUT',
    path: '/jobs/{}/cancel',
    query: ['force'],
    body: ['reasonCode', 'comment'],
    serve: cancelJob,
  },
  {
    operation: 'DeleteJob',
    method: 'DELETE',
    path: '/jobs/{}',
    query: ['force'],
    serve: deleteJob,
  },
  {
    operation: 'CancelJobExecution',
    method: 'PUT',
    path: '/things/{}/jobs/{}/cancel',
    query: ['force'],
    body: ['expectedVersion', 'statusDetails'],
    serve: cancelExecution,
  },
  {
    operation: 'DeleteJobExecution',
    method: 'DELETE',
    path: '/things/{}/jobs/{}/executionNumber/{}',
    query: ['force'],
    serve: deleteExecution,
  },
];

const isForced = ({ query }: RouteContext): boolean => query.get('force') === 'true';

function cancelJob(ctx: RouteContext, jobId: string): Reply {
  const { reasonCode, comment } = readJson(ctx.body) ?? {};
  const isReason = reasonCode === undefined || isText(reasonCode, /^[A-Z0-9_]{1,128}$/);
  const isComment = comment === undefined || isText(comment, /^\P{C}{0,2028}$/u);
  if (!isReason || !isComment) {
    const message = 'reasonCode is [A-Z0-9_]{1,128}, comment at most 2028 characters';
    return fault('InvalidRequest', message);
  }
  const result = endings.cancelJob(ctx, {
    ...{ jobId, force: isForced(ctx) },
    ...(reasonCode === undefined ? {} : { reasonCode }),
    ...(comment === undefined ? {} : { comment }),
  });
  if (!result.ok) return fault(result.code, result.message);
  const { description } = result.value;
  return reply({
    jobArn: jobArn(ctx.config.region, jobId),
    jobId,
    ...(description && { description }),
  });
}

function deleteJob(ctx: RouteContext, jobId: string): Reply {
  return ended(endings.deleteJob(ctx, { jobId, force: isForced(ctx) }));
}

function cancelExecution(ctx: RouteContext, thing: string, jobId: string): Reply {
  const { expectedVersion, statusDetails } = readJson(ctx.body) ?? {};
  const details = readDetails(statusDetails);
  if (!details.ok) return fault('InvalidRequest', details.message);
  const version = numberIn(expectedVersion);
  if (version !== undefined && !Number.isInteger(version)) {
    return fault('InvalidRequest', 'expectedVersion must be a whole number');
  }
  const result = endings.cancelExecution(ctx, {
    ...{ thing, jobId, force: isForced(ctx) },
    ...(version === undefined ? {} : { expectedVersion: version }),
    ...(details.value === undefined ? {} : { statusDetails: details.value }),
  });
  return ended(result);
}

function deleteExecution(ctx: RouteContext, thing: string, jobId: string, number: string): Reply {
  const target = { thing, jobId, executionNumber: Number(number), force: isForced(ctx) };
  return ended(endings.deleteExecution(ctx, target));
}

const isText = (value: unknown, form: RegExp): value is string =>
  typeof value === 'string' && form.test(value);
