import { seconds } from '../core/messages.ts';
import type { JobRow } from '../job-rows.ts';
import { associateTargets } from '../services/job-targets.ts';
import { jobArn, thingArn, thingGroupArn } from './arns.ts';
import {
  ended,
  fault,
  oneOf,
  pageOf,
  type Reply,
  type Route,
  type RouteContext,
  readJson,
  reply,
} from './routes.ts';

/** Which jobs there are, and for which things (client-iot). */
export const jobTargetRoutes: readonly Route[] = [
  {
    operation: 'ListJobs',
    method: 'GET',
    path: '/jobs',
    query: ['status', 'targetSelection', 'thingGroupName', 'nextToken', 'maxResults'],
    forms: {
      // No job is in DELETION_IN_PROGRESS here.
      status: oneOf(['IN_PROGRESS', 'CANCELED', 'COMPLETED', 'DELETION_IN_PROGRESS', 'SCHEDULED']),
    },
    serve: listJobs,
  },
  {
    operation: 'AssociateTargetsWithJob',
    method: 'POST',
    path: '/jobs/{}/targets',
    body: ['targets', 'comment'],
    serve: associate,
  },
];

function listJobs({ store, query, config }: RouteContext): Reply {
  const status = query.get('status');
  const selection = query.get('targetSelection');
  const group = query.get('thingGroupName');
  const selected = store
    .list('jobs')
    .map(({ value }) => value)
    .filter((job) => status === null || job.status === status)
    .filter((job) => selection === null || job.targetSelection === selection)
    .filter((job) => group === null || job.groups?.includes(group));
  const { page, next } = pageOf(selected, query);
  const jobs = page.map((job) => jobSummary(config.region, job));
  return reply({ jobs, ...(next ? { nextToken: next } : {}) });
}

export const jobSummary = (region: string, job: JobRow) => ({
  jobArn: jobArn(region, job.jobId),
  jobId: job.jobId,
  status: job.status,
  targetSelection: job.targetSelection,
  createdAt: seconds(job.createdMs),
  lastUpdatedAt: seconds(job.changedMs),
  ...(job.completedMs === undefined ? {} : { completedAt: seconds(job.completedMs) }),
});

/** The targets as they were given. */
export const targetArns = (region: string, { targets, named = targets, groups = [] }: JobRow) => [
  ...named.map((name) => thingArn(region, name)),
  ...groups.map((name) => thingGroupArn(region, name)),
];

export const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

function associate(ctx: RouteContext, jobId: string): Reply {
  const { targets, comment } = readJson(ctx.body) ?? {};
  if (!isTexts(targets)) return fault('InvalidRequest', 'targets (ARNs of groups) are required');
  if (comment !== undefined && !isComment(comment)) {
    return fault('InvalidRequest', 'comment has at most 2028 characters');
  }
  const result = associateTargets(ctx, {
    ...{ jobId, targets },
    ...(comment === undefined ? {} : { comment }),
  });
  if (!result.ok) return ended(result);
  const { description } = result.value;
  return reply({
    ...{ jobArn: jobArn(ctx.config.region, jobId), jobId },
    ...(description === undefined ? {} : { description }),
  });
}

const isComment = (value: unknown): value is string =>
  typeof value === 'string' && /^\P{C}{0,2028}$/u.test(value);
