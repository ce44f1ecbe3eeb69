import { check } from '../protocol/codec.ts';
import { limits } from '../protocol/limits.ts';
import { ok, type Result, refuse } from '../protocol/result.ts';
import type { Command } from '../protocol/schemas/commands.ts';
import { isRobotId, type RobotId } from '../protocol/topics.ts';
import type { ExecutionRow, JobRow } from './job-rows.ts';
import type { Context, Outbound, Row } from './ports.ts';
import type {
  ArchiveEntry,
  CertificateRow,
  CertificateStatus,
  CommandRow,
  HandlerState,
  Rows,
  Table,
} from './rows.ts';
import { replay } from './services/archive.ts';
import { findCommand, nextIssueMs, noRoomFor, sendCommand } from './services/commands.ts';
import { type HandlerName, redriveDeadLetters, switchHandler } from './services/dead-letters.ts';
import { decommission, recommission } from './services/decommissioning.ts';
import {
  createJob,
  executionsOf,
  type JobControlFault,
  type JobRequest,
  type JobUpdate,
  updateJob,
} from './services/job-control.ts';
import {
  type Cancellation,
  cancelExecution,
  cancelJob,
  deleteExecution,
  deleteJob,
  type ExecutionCancellation,
} from './services/job-endings.ts';
import { type JobsAnswer, type JobsRequest, serveJobs } from './services/jobs.ts';
import { updateCertificate, updateCertificatesOf } from './services/registry.ts';
import {
  type ShadowAnswer,
  type ShadowRequest,
  serveShadow,
  shadowReply,
} from './services/shadows.ts';

/**
 * What an operator or a fleet program may request. Each call is one transaction; the caller must still publish
 * `outbound`.
 */
export interface Operator {
  /**
   * Stores a command and sends it until an outcome or its expiry. The same `id` again gets the same answer as before.
   */
  sendCommand(
    request: CommandRequest,
    nowMs: number,
  ): Result<{ row: CommandRow; outbound: readonly Outbound[] }, 'InvalidRequest' | 'LimitExceeded'>;
  /** A shadow request over HTTP. A success is also published, a rejection is only answered. */
  shadow(request: ShadowRequest, nowMs: number): ShadowAnswer;
  createJob(
    request: JobRequest,
    nowMs: number,
  ): Result<{ job: JobRow; outbound: readonly Outbound[] }, JobControlFault>;
  updateJob(jobId: string, change: JobUpdate, nowMs: number): ReturnType<typeof updateJob>;
  cancelJob(request: Cancellation, nowMs: number): ReturnType<typeof cancelJob>;
  deleteJob(
    request: { jobId: string; force: boolean },
    nowMs: number,
  ): ReturnType<typeof deleteJob>;
  cancelExecution(
    request: ExecutionCancellation,
    nowMs: number,
  ): ReturnType<typeof cancelExecution>;
  deleteExecution(
    target: Parameters<typeof deleteExecution>[1],
    nowMs: number,
  ): ReturnType<typeof deleteExecution>;
  /** The device's side of jobs, over HTTP. */
  serveJobs(request: JobsRequest, nowMs: number): JobsAnswer;
  describeJob(jobId: string): JobRow | undefined;
  executionsOf(jobId: string): ExecutionRow[] | undefined;
  /** The caller drops the connections that use the certificate when it is no longer ACTIVE. */
  updateCertificate(
    certificateId: string,
    status: CertificateStatus,
    nowMs: number,
  ): Result<CertificateRow, 'ResourceNotFound' | 'InvalidRequest'>;
  /** All of a robot's certificates at once. */
  updateCertificatesOf(
    robot: RobotId,
    status: CertificateStatus,
    nowMs: number,
  ): Result<CertificateRow[], 'ResourceNotFound' | 'InvalidRequest'>;
  /** Decommissions the robot; the caller drops its connection. */
  decommission(robot: RobotId, nowMs: number): ReturnType<typeof decommission>;
  /** Reverses the decommissioning: from now on a new certificate admits the robot. */
  recommission(robot: RobotId, nowMs: number): ReturnType<typeof recommission>;
  /** Handles an archived message again, with its own time; true when it brought something new. */
  replay(entry: ArchiveEntry): boolean;
  switchHandler(name: HandlerName, state: HandlerState, nowMs: number): void;
  /** Retries the dead letters. */
  redrive(nowMs: number): ReturnType<typeof redriveDeadLetters>;
  get<K extends Table>(table: K, key: string): Rows[K] | undefined;
  list<K extends Table>(table: K, prefix?: string): Row<Rows[K]>[];
}

export interface CommandRequest {
  readonly robot: RobotId;
  readonly command: Command['command'];
  /** Cloud time after which the robot must not run it. */
  readonly expiresMs: number;
  readonly id?: string;
}

/** A certificate as operators see it. */
export interface CertificateView extends Omit<CertificateRow, 'pem' | 'commonName'> {
  readonly robot: string;
  /** When a superseded certificate becomes INACTIVE. */
  readonly retireMs?: number;
}

type Run = <T>(nowMs: number, work: (ctx: Context) => T) => T;

export function createOperator(run: Run): Operator {
  return {
    sendCommand: (request, nowMs) => run(nowMs, (ctx) => takeCommand(ctx, request)),
    shadow: (request, nowMs) => run(nowMs, (ctx) => takeShadow(ctx, request)),
    createJob: (request, nowMs) => run(nowMs, (ctx) => createJob(ctx, request)),
    updateJob: (jobId, change, nowMs) => run(nowMs, (ctx) => updateJob(ctx, jobId, change)),
    cancelJob: (request, nowMs) => run(nowMs, (ctx) => cancelJob(ctx, request)),
    deleteJob: (request, nowMs) => run(nowMs, (ctx) => deleteJob(ctx, request)),
    cancelExecution: (request, nowMs) => run(nowMs, (ctx) => cancelExecution(ctx, request)),
    deleteExecution: (target, nowMs) => run(nowMs, (ctx) => deleteExecution(ctx, target)),
    serveJobs: (request, nowMs) => run(nowMs, (ctx) => serveJobs(ctx, request)),
    describeJob: (jobId) => run(0, ({ store }) => store.get('jobs', jobId)),
    executionsOf: (jobId) =>
      run(0, (ctx) => {
        const job = ctx.store.get('jobs', jobId);
        return job && executionsOf(ctx, job);
      }),
    updateCertificate: (certificateId, status, nowMs) =>
      run(nowMs, (ctx) => updateCertificate(ctx, certificateId, status)),
    updateCertificatesOf: (robot, status, nowMs) =>
      run(nowMs, (ctx) => updateCertificatesOf(ctx, robot, status)),
    decommission: (robot, nowMs) => run(nowMs, (ctx) => decommission(ctx, robot)),
    recommission: (robot, nowMs) => run(nowMs, (ctx) => recommission(ctx, robot)),
    replay: (entry) => run(entry.atMs, (ctx) => replay(ctx, entry)),
    switchHandler: (name, state, nowMs) => run(nowMs, (ctx) => switchHandler(ctx, name, state)),
    redrive: (nowMs) => redriveDeadLetters(run, nowMs, 'dead'),
    get: (table, key) => run(0, ({ store }) => store.get(table, key)),
    list: (table, prefix) => run(0, ({ store }) => store.list(table, prefix)),
  };
}

function takeShadow(ctx: Context, request: ShadowRequest): ShadowAnswer {
  const answer = serveShadow(ctx, request);
  if (answer.code !== 200) return answer;
  return { ...answer, outbound: [shadowReply(request, answer), ...answer.outbound] };
}

function takeCommand(
  ctx: Context,
  { robot, command: word, expiresMs, id = ctx.entropy(8) }: CommandRequest,
): ReturnType<Operator['sendCommand']> {
  if (!isRobotId(robot)) return refuse('InvalidRequest', 'robot must be [A-Za-z0-9:_-]{1,64}');
  const issuedMs = nextIssueMs(ctx, robot);
  const command = { v: 1, id, command: word, issuedMs, expiresMs, initiator: 'cloud' } as const;
  const checked = check('Command', command);
  if (!checked.ok) return refuse('InvalidRequest', checked.message);
  if (checked.value.command === 'unknown') return refuse('InvalidRequest', 'no such command');
  const known = findCommand(ctx, robot, id);
  if (known !== undefined) return ok({ row: known, outbound: [] });
  const lifeMs = expiresMs - ctx.nowMs;
  if (lifeMs > limits.commandLifeMsMax) {
    const most = limits.commandLifeMsMax / 1000;
    const message = `a command is valid for ${most} s at most, this one for ${Math.round(lifeMs / 1000)} s`;
    return refuse('InvalidRequest', message);
  }
  const noRoom = noRoomFor(ctx, robot, checked.value);
  if (noRoom !== undefined) return refuse('LimitExceeded', noRoom);
  const outbound = sendCommand(ctx, robot, checked.value);
  const row = findCommand(ctx, robot, id);
  return row ? ok({ row, outbound }) : refuse('InvalidRequest', 'the command was not stored');
}
