import type { Slot } from '../../hal/boot-control.ts';
import type { JobExecution } from '../../protocol/schemas/jobs.ts';
import type { RobotId } from '../../protocol/topics.ts';
import type { BoardEvidence } from '../events.ts';
import type { MachineState } from '../kernel/machine.ts';
import { type Bucket, fullBucket } from '../publish/token-bucket.ts';
import { type DownloadingJob, type InstalledJob, type Job, offeredOf, type Row } from './row.ts';

export interface UpdatesConfig {
  readonly robot: RobotId;
  readonly enabled: boolean;
  readonly retryMs: number;
  readonly retryMsMax: number;
  /** How long a trial boot may take to show that it is healthy. */
  readonly healthMs: number;
  readonly trialAttempts: number;
  /** In safe mode: the suspect, or `unknown`; reported with each status of a job. */
  readonly safeMode?: string;
}

export interface UpdatesState extends MachineState {
  readonly row: Row;
  readonly linkUp: boolean;
  readonly timeKnown: boolean;
  readonly board: BoardEvidence;
  readonly bodySeen: boolean;
  readonly bytes: number;
  readonly reportedBytes: number;
  readonly requests: number;
  /** An offer that came before cloud time was known. */
  readonly deferredOffer: JobExecution | null;
  /** The ended job whose end was reported again, until the cloud answers. */
  readonly reReported: string | null;
  /** Remaining budget of jobs to start (or start anew), and of remembered ends to report again. */
  readonly startBudget: Bucket;
  readonly reReportBudget: Bucket;
  /** Remaining budget of job requests because of missed messages. */
  readonly requestBudget: Bucket;
}

/** Each started job costs writes, messages and perhaps a download, whatever the cloud offers. */
const startsPerHour = 6;
const startsBurst = 6;
const reReportsPerHour = 4;
const reReportsBurst = 2;

export const fullStartBudget = (nowMs: number): Bucket =>
  fullBucket({ perS: startsPerHour / 3600, burst: startsBurst }, nowMs);
export const fullReReportBudget = (nowMs: number): Bucket =>
  fullBucket({ perS: reReportsPerHour / 3600, burst: reReportsBurst }, nowMs);

export const fullRequestBudget = (nowMs: number): Bucket =>
  fullBucket({ perS: 6 / 3600, burst: 3 }, nowMs);

/**
 * Identifies the execution of a job. AWS counts those of one robot, and a job that was deleted and created again under
 * the same id counts from 1 again. So the time at which it was queued is part of the identity.
 */
export const runOf = ({ executionNumber, queuedAt }: JobExecution): string =>
  `${executionNumber}/${queuedAt ?? ''}`;

export const failedImagesMax = 8;
export const endedMax = 16;
export const renewalsMax = 5;
export const retryTimer = 'updates/request';
/** Checks whether an action has taken effect. */
export const checkTimer = 'updates/check';
export const healthTimer = 'updates/health';

export const slotOf = (state: UpdatesState, name: string): Slot | undefined =>
  state.board.boot?.slots.find((slot) => slot.name === name);

/** A new row object is stored, even if the job is the same. */
export const withJob = (state: UpdatesState, job: Job | null): UpdatesState => ({
  ...state,
  row: { ...state.row, job },
});

/** A fresh document of the job is needed; it is requested now, or when the link comes up. */
export function renewJob(
  state: UpdatesState,
  job: DownloadingJob | InstalledJob,
  fault: string,
): UpdatesState {
  const renewals = job.renewals + 1;
  const { manifest } = job;
  return withJob(state, { ...offeredOf(job), phase: 'renewing', renewals, manifest, fault });
}
