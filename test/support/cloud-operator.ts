import type { Cloud } from '../../cloud-stub/cloud.ts';
import type { Outbound } from '../../cloud-stub/core/messages.ts';
import { redrive, replay } from '../../cloud-stub/core/pipeline.ts';
import type { Context } from '../../cloud-stub/core/unit.ts';
import type { ArchiveEntry, CertificateStatus, HandlerState } from '../../cloud-stub/rows.ts';
import { type CommandRequest, takeCommand } from '../../cloud-stub/services/command-requests.ts';
import { decommission, recommission } from '../../cloud-stub/services/decommissioning.ts';
import { executionsOf } from '../../cloud-stub/services/execution-changes.ts';
import { type HandlerName, switchHandler } from '../../cloud-stub/services/handlers.ts';
import {
  createJob,
  type JobRequest,
  type JobUpdate,
  updateJob,
} from '../../cloud-stub/services/job-control.ts';
import {
  type Cancellation,
  cancelExecution,
  cancelJob,
  deleteExecution,
  deleteJob,
  type ExecutionCancellation,
} from '../../cloud-stub/services/job-endings.ts';
import { type JobsRequest, serveJobs } from '../../cloud-stub/services/jobs.ts';
import { updateCertificate, updateCertificatesOf } from '../../cloud-stub/services/registry.ts';
import { type ShadowRequest, serveShadow } from '../../cloud-stub/services/shadows.ts';

/** What a unit of work returned, and the messages that it emitted. */
type Done<T> = T & { readonly outbound: readonly Outbound[] };

/** The operator's requests, each as one unit of work, as the HTTP routes make them. */
export function operatorOf(cloud: Pick<Cloud, 'serve' | 'rows'>) {
  const run = <T extends object>(nowMs: number, work: (ctx: Context) => T): Done<T> => {
    const { result, outbound } = cloud.serve(nowMs, work);
    return { ...result, outbound };
  };
  return {
    sendCommand: (request: CommandRequest, nowMs: number) =>
      run(nowMs, (ctx) => takeCommand(ctx, request)),
    shadow: (request: ShadowRequest, nowMs: number) =>
      run(nowMs, (ctx) => serveShadow(ctx, request, 'http')),
    createJob: (request: JobRequest, nowMs: number) => run(nowMs, (ctx) => createJob(ctx, request)),
    updateJob: (jobId: string, change: JobUpdate, nowMs: number) =>
      run(nowMs, (ctx) => updateJob(ctx, jobId, change)),
    cancelJob: (request: Cancellation, nowMs: number) =>
      run(nowMs, (ctx) => cancelJob(ctx, request)),
    deleteJob: (request: { jobId: string; force: boolean }, nowMs: number) =>
      run(nowMs, (ctx) => deleteJob(ctx, request)),
    cancelExecution: (request: ExecutionCancellation, nowMs: number) =>
      run(nowMs, (ctx) => cancelExecution(ctx, request)),
    deleteExecution: (target: Parameters<typeof deleteExecution>[1], nowMs: number) =>
      run(nowMs, (ctx) => deleteExecution(ctx, target)),
    serveJobs: (request: JobsRequest, nowMs: number) =>
      run(nowMs, (ctx) => serveJobs(ctx, request)),
    describeJob: (jobId: string) => cloud.rows.get('jobs', jobId),
    executionsOf(jobId: string) {
      const job = cloud.rows.get('jobs', jobId);
      return job && cloud.serve(0, (ctx) => executionsOf(ctx, job)).result;
    },
    updateCertificate: (certificateId: string, status: CertificateStatus, nowMs: number) =>
      run(nowMs, (ctx) => updateCertificate(ctx, certificateId, status)),
    updateCertificatesOf: (robot: string, status: CertificateStatus, nowMs: number) =>
      run(nowMs, (ctx) => updateCertificatesOf(ctx, robot, status)),
    decommission: (robot: string, nowMs: number) => run(nowMs, (ctx) => decommission(ctx, robot)),
    recommission: (robot: string, nowMs: number) => run(nowMs, (ctx) => recommission(ctx, robot)),
    replay: ({ payload, ...entry }: ArchiveEntry): boolean => {
      const message = { ...entry, payload: new TextEncoder().encode(payload) };
      return cloud.serve(entry.atMs, (ctx) => replay(ctx, message)).result;
    },
    switchHandler: (name: HandlerName, state: HandlerState, nowMs: number): void =>
      cloud.serve(nowMs, (ctx) => switchHandler(ctx, name, state)).result,
    redrive: (nowMs: number) => run(nowMs, (ctx) => redrive(ctx)),
    get: cloud.rows.get,
    list: cloud.rows.list,
  };
}
