import { type RobotId, topicOf } from '../../protocol/topics.ts';
import { jsonPayload, type Outbound, seconds } from '../core/messages.ts';
import type { Context } from '../core/unit.ts';
import type { ExecutionRow, ExecutionStatus, JobRow } from '../job-rows.ts';
import { presign } from '../presign.ts';
import { objectsPath } from './maps.ts';

/**
 * Job executions in AWS's form, and the notifications about a thing's pending list. Source: AWS IoT developer guide,
 * "Jobs" (MQTT API, notifications).
 */

const notifyListMax = 15;
const pending: readonly ExecutionStatus[] = ['IN_PROGRESS', 'QUEUED'];

export const isTerminal = (status: ExecutionStatus): boolean => !pending.includes(status);

/** Pending executions in order: those in progress first, then by the time they were queued. */
export function pendingOf(ctx: Context, thing: RobotId): ExecutionRow[] {
  const rank = (row: ExecutionRow) => pending.indexOf(row.status);
  return ctx.store
    .list('job_executions', `${thing}/`)
    .map(({ value }) => value)
    .filter(({ status }) => !isTerminal(status))
    .sort((a, b) => rank(a) - rank(b) || a.queuedMs - b.queuedMs);
}

export const summary = (row: ExecutionRow): Record<string, unknown> => ({
  jobId: row.jobId,
  queuedAt: seconds(row.queuedMs),
  ...(row.startedMs === undefined ? {} : { startedAt: seconds(row.startedMs) }),
  lastUpdatedAt: seconds(row.changedMs),
  versionNumber: row.versionNumber,
  executionNumber: row.executionNumber,
});

export const stateOf = (row: ExecutionRow): Record<string, unknown> => ({
  status: row.status,
  statusDetails: row.statusDetails,
  versionNumber: row.versionNumber,
});

/** The whole execution, with `document` when it is given. */
export const describe = (row: ExecutionRow, document?: unknown): Record<string, unknown> => ({
  ...summary(row),
  thingName: row.thingName,
  status: row.status,
  statusDetails: row.statusDetails,
  ...(document === undefined ? {} : { jobDocument: document }),
});

/** The job's document for a device now: every URL placeholder becomes a fresh pre-signed URL. */
export function documentFor(ctx: Context, job: JobRow): unknown {
  const text = job.document.replaceAll(
    /\$\{aws:iot:s3-presigned-url:https?:\/\/[^/}]+\/([^}"\\]+)\}/g,
    (_, path: string) =>
      presign({
        method: 'GET',
        endpoint: ctx.config.endpoint,
        path: objectsPath + path.replace(/^objects\//, ''),
        expiresS: job.urlExpiresS,
        nowMs: ctx.nowMs,
        region: ctx.config.region,
        credentials: ctx.config.credentials,
      }),
  );
  return JSON.parse(text);
}

/**
 * Does `work`, then publishes the changes of a thing's pending list: `notify` when an execution entered or left it,
 * `notify-next` when its first execution changed.
 */
export function withNotification(ctx: Context, thing: RobotId, work: () => void): void {
  const before = pendingOf(ctx, thing);
  work();
  const after = pendingOf(ctx, thing);
  // A retry is another execution of the same job.
  const nameOf = (row?: ExecutionRow): string =>
    row === undefined ? '' : `${row.jobId} ${row.executionNumber}`;
  const ids = (rows: readonly ExecutionRow[]) => rows.map(nameOf);
  if (ids(before).sort().join() !== ids(after).sort().join()) {
    ctx.emit(notify(ctx, thing, after));
  }
  if (nameOf(before[0]) !== nameOf(after[0])) ctx.emit(notifyNext(ctx, thing, after[0]));
}

function notify(ctx: Context, thing: RobotId, rows: readonly ExecutionRow[]): Outbound {
  const shown = rows.slice(0, notifyListMax);
  const lists = pending.map((status) => [status, shown.filter((row) => row.status === status)]);
  const jobs = Object.fromEntries(
    (lists as [string, ExecutionRow[]][])
      .filter(([, list]) => list.length > 0)
      .map(([status, list]) => [status, list.map(summary)]),
  );
  return message(thing, 'notify', { timestamp: seconds(ctx.nowMs), jobs });
}

function notifyNext(ctx: Context, thing: RobotId, head: ExecutionRow | undefined): Outbound {
  const job = head && ctx.store.get('jobs', head.jobId);
  const execution = head && job ? { execution: describe(head, documentFor(ctx, job)) } : {};
  return message(thing, 'notify-next', { timestamp: seconds(ctx.nowMs), ...execution });
}

const message = (thing: RobotId, channel: 'notify' | 'notify-next', body: unknown): Outbound => ({
  robot: thing,
  topic: topicOf(`$aws/things/{robot}/jobs/${channel}`, { robot: thing }),
  payload: jsonPayload(body),
});
