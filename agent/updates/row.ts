import { isObject } from '../../protocol/json.ts';
import type { FirmwareManifest } from '../../protocol/schemas/firmware.ts';

/** What is stored of update jobs. Each phase of a job has only the data that is valid in it. */
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

export type Job = CheckingJob | DownloadingJob | RenewingJob | InstalledJob | ReportingJob;
/** The phase of an update job; reported as `statusDetails.step`. */
export type Phase = Job['phase'];

/** What every phase has. */
export interface Offered {
  readonly jobId: string;
  /** The execution of the job (`runOf`); absent in what an older release has stored. */
  readonly run?: string;
  /** The slot that the image is written to. */
  readonly to: string;
  /** How often a fresh document of the job was requested because its transfer was interrupted. */
  readonly renewals: number;
}

/** The manifest's signature and floors are checked. */
export interface CheckingJob extends Offered {
  readonly phase: 'checking';
  readonly imageUrl: string;
}

/** The image is written to the inactive slot. */
export interface DownloadingJob extends Offered {
  readonly phase: 'downloading';
  readonly imageUrl: string;
  readonly manifest: FirmwareManifest;
}

/** The transfer was interrupted: a fresh job document, with a fresh URL, is requested. */
export interface RenewingJob extends Offered {
  readonly phase: 'renewing';
  readonly manifest: FirmwareManifest;
  /** Why the transfer was interrupted. */
  readonly fault: string;
}

/** The image is in its slot. */
export interface InstalledJob extends Offered {
  readonly phase:
    | 'waiting' // until the robot is docked and idle
    | 'arming' // intent: the next boot takes the new slot
    | 'rebooting' // intent: reboot into the new slot
    | 'verifying' // on trial in the new slot
    | 'confirming' // intent: confirm the new slot
    | 'giving-up'; // unhealthy on trial: rebooting into the old slot
  readonly manifest: FirmwareManifest;
}

/** Over; reported until the cloud accepts it. */
export interface ReportingJob extends Offered {
  readonly phase: 'reporting';
  readonly result: JobResult;
  /** Absent when it was never trusted. */
  readonly manifest?: FirmwareManifest;
}

export interface JobResult {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'REJECTED';
  /** One word, such as `rolled-back`; `detail` is for people. */
  readonly reason: string;
  readonly detail: string;
}

/** Until then the job can be dropped without a trace on the board. */
export const isBeforeArming = ({ phase }: Job): boolean =>
  ['checking', 'downloading', 'renewing', 'waiting'].includes(phase);

/** The trusted manifest, once there is one. */
export const manifestOf = (job: Job): FirmwareManifest | undefined =>
  'manifest' in job ? job.manifest : undefined;

export const offeredOf = ({ jobId, run, to, renewals }: Offered): Offered => ({
  jobId,
  ...(run !== undefined && { run }),
  to,
  renewals,
});

export const resultOf = (job: Job): JobResult | undefined =>
  job.phase === 'reporting' ? job.result : undefined;

export const noJob: Row = { job: null, failedImages: [] };

/**
 * The stored row. A job whose data do not fit its phase is dropped: the cloud offers it again, and what has become of
 * its image is settled by the board's evidence.
 */
export function readRow(stored: unknown): Row {
  if (!isObject(stored)) return noJob;
  const { job, failedImages, ended } = stored as Partial<Row>;
  return {
    job: isJob(job) ? job : null,
    failedImages: Array.isArray(failedImages) ? failedImages : [],
    ...(Array.isArray(ended) && { ended: ended.filter(isEnded) }),
  };
}

const needs: { readonly [P in Phase]: readonly string[] } = {
  checking: ['imageUrl'],
  downloading: ['imageUrl', 'manifest'],
  renewing: ['manifest', 'fault'],
  waiting: ['manifest'],
  arming: ['manifest'],
  rebooting: ['manifest'],
  verifying: ['manifest'],
  confirming: ['manifest'],
  'giving-up': ['manifest'],
  reporting: ['result'],
};

function isJob(value: unknown): value is Job {
  if (!isObject(value)) return false;
  const { phase, jobId, to, renewals } = value;
  if (typeof phase !== 'string' || !Object.hasOwn(needs, phase)) return false;
  const isOffered =
    typeof jobId === 'string' && typeof to === 'string' && typeof renewals === 'number';
  return isOffered && needs[phase as Phase].every((name) => isData(name, value[name]));
}

const isData = (name: string, value: unknown): boolean =>
  name === 'manifest' || name === 'result' ? isObject(value) : typeof value === 'string';

const isEnded = (value: unknown): value is EndedJob =>
  isObject(value) && typeof value['jobId'] === 'string' && isObject(value['result']);
