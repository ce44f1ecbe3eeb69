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
  readonly asked: number;
  /** An offer that came before cloud time was known. */
  readonly held: JobExecution | null;
  /** Remaining budget of jobs to start (or start anew), and of remembered ends to report again. */
  readonly takes: Bucket;
  readonly retells: Bucket;
  /** Remaining budget of job requests because of missed messages. */
  readonly looks: Bucket;
}

/** Each started job costs writes, messages and perhaps a download, whatever the cloud offers. */
const takesPerHour = 6;
const takesBurst = 6;
const retellsPerHour = 4;
const retellsBurst = 2;

export const fullTakes = (nowMs: number): Bucket =>
  fullBucket({ perS: takesPerHour / 3600, burst: takesBurst }, nowMs);
export const fullRetells = (nowMs: number): Bucket =>
  fullBucket({ perS: retellsPerHour / 3600, burst: retellsBurst }, nowMs);

export const fullPolls = (nowMs: number): Bucket => fullBucket({ perS: 6 / 3600, burst: 3 }, nowMs);

/**
 * Identifies the execution of a job. AWS counts those of one robot, and a job that was deleted and created again under
 * the same id counts from 1 again. So the time at which it was queued is part of the identity.
 */
export const runOf = ({ executionNumber, queuedAt }: JobExecution): string =>
  `${executionNumber}/${queuedAt ?? ''}`;

export const failedImagesMax = 8;
export const endedMax = 16;
export const renewalsMax = 5;
export const retryTimer = 'updates/ask';
/** Checks whether an action has taken effect. */
export const againTimer = 'updates/again';
export const healthTimer = 'updates/health';

export const slotOf = (state: UpdatesState, name: string): Slot | undefined =>
  state.board.boot?.slots.find((slot) => slot.name === name);

/** A new row object is stored, even if the job is the same. */
export const withJob = (state: UpdatesState, job: Job | null): UpdatesState => ({
  ...state,
  row: { ...state.row, job },
});

/** A fresh document of the job is needed; it is requested now, or when the link comes up. */
export function renew(
  state: UpdatesState,
  job: DownloadingJob | InstalledJob,
  fault: string,
): UpdatesState {
  const renewals = job.renewals + 1;
  const { manifest } = job;
  return withJob(state, { ...offeredOf(job), phase: 'renewing', renewals, manifest, fault });
}
