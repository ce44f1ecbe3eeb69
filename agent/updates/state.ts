import type { Slot } from '../../hal/boot-control.ts';
import type { FirmwareManifest } from '../../protocol/schemas/firmware.ts';
import type { JobExecution } from '../../protocol/schemas/jobs.ts';
import type { RobotId } from '../../protocol/topics.ts';
import type { BoardEvidence } from '../events.ts';
import type { MachineState } from '../kernel/machine.ts';
import { type Bucket, fullBucket } from '../publish/token-bucket.ts';

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

/** The phase of an update job; reported as `statusDetails.step`. */
export type Phase =
  | 'checking' // the manifest's signature and floors
  | 'downloading' // into the inactive slot
  | 'renewing' // the transfer was interrupted: a fresh job document is requested
  | 'waiting' // until the robot is docked and idle
  | 'arming' // intent: the next boot takes the new slot
  | 'rebooting' // intent: reboot into the new slot
  | 'verifying' // on trial in the new slot
  | 'confirming' // intent: confirm the new slot
  | 'giving-up' // unhealthy on trial: rebooting into the old slot
  | 'reporting'; // over; reported until the cloud accepts it

export interface Job {
  readonly jobId: string;
  /** The execution of the job (`runOf`); absent in what an older release has stored. */
  readonly run?: string;
  readonly phase: Phase;
  readonly from: string;
  readonly to: string;
  readonly imageUrl: string;
  readonly manifest: FirmwareManifest | null;
  readonly result: JobResult | null;
  readonly renewals: number;
  /** Why the last transfer was interrupted. */
  readonly fault?: string;
}

export interface JobResult {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'REJECTED';
  /** One word, such as `rolled-back`; `detail` is for people. */
  readonly reason: string;
  readonly detail: string;
}

export interface Row {
  readonly job: Job | null;
  /** Digests of images that failed on this robot: never tried again. */
  readonly failedImages: readonly string[];
  /** Jobs that ended here, newest last; absent in what an older release has stored. */
  readonly ended?: readonly EndedJob[];
}

/** What is remembered of a job whose end the cloud has accepted, in case it is offered again. */
export interface EndedJob {
  readonly jobId: string;
  readonly run: string;
  readonly result: JobResult;
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

/** Until then the job can be dropped without a trace on the board. */
export const isBeforeArming = ({ phase }: Job): boolean =>
  ['checking', 'downloading', 'renewing', 'waiting'].includes(phase);

export const slotOf = (state: UpdatesState, name: string): Slot | undefined =>
  state.board.boot?.slots.find((slot) => slot.name === name);

export const withJob = (state: UpdatesState, change: Partial<Job>): UpdatesState =>
  state.row.job === null
    ? state
    : { ...state, row: { ...state.row, job: { ...state.row.job, ...change } } };
