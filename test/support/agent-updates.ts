import type { Event } from '../../agent/events.ts';
import type { Saved } from '../../agent/kernel/machine.ts';
import { updatesMachine } from '../../agent/updates/machine.ts';
import { type JobResult, type Phase, type Row, resultOf } from '../../agent/updates/row.ts';
import type { UpdatesState } from '../../agent/updates/state.ts';
import type { BootState, Slot } from '../../hal/boot-control.ts';
import { firmwarePayloadType } from '../../protocol/firmware.ts';
import type { FirmwareManifest } from '../../protocol/schemas/firmware.ts';
import type { JobExecution } from '../../protocol/schemas/jobs.ts';
import { started as startedWithoutBoard } from './agent-body.ts';
import { nowMs } from './agent-machine.ts';

/** The updates machine, a board with slots a (running) and b, and a cloud with a job. */

export const updates = updatesMachine({
  robot: 'R1',
  enabled: true,
  retryMs: 4000,
  retryMsMax: 3_600_000,
  healthMs: 180_000,
  trialAttempts: 1,
});

export const newSha = 'b'.repeat(64);
export const oldSha = 'a'.repeat(64);

export const manifest: FirmwareManifest = {
  v: 1,
  hardwareId: 'sim-board-1',
  version: '2.0.0',
  securityCounter: 7,
  length: 1000,
  sha256: newSha,
  expiresMs: nowMs + 1e9,
};

const slotA: Slot = { name: 'a', state: 'good', sha256: oldSha };

/** The board on its old slot a; `b` says what is in the other one. */
export const onOld = (b: Partial<Slot> = {}, change: Partial<BootState> = {}): BootState => ({
  booted: 'a',
  next: 'a',
  onTrial: false,
  slots: [slotA, { name: 'b', state: 'empty', ...b }],
  ...change,
});

/** The board on the new slot b. */
export const onNew = (state: 'trial' | 'good', sha256 = newSha): BootState => ({
  booted: 'b',
  next: 'b',
  onTrial: state === 'trial',
  slots: [slotA, { name: 'b', state, sha256 }],
});

export const startedOn = (boot: BootState | null): Event => ({
  ...startedWithoutBoard,
  board: { system: { bootId: 'x', hardwareId: 'sim-board-1', watchdogS: 30 }, boot },
});

export const execution = (jobId: string, change: Partial<JobExecution> = {}): JobExecution => ({
  jobId,
  status: 'QUEUED',
  versionNumber: 1,
  executionNumber: 1,
  jobDocument: {
    v: 1,
    operation: 'firmware-update',
    manifest: {
      payloadType: firmwarePayloadType,
      payload: '',
      signatures: [{ keyid: '', sig: '' }],
    },
    imageUrl: 'https://cloud/image?secret',
  },
  ...change,
});

export const offer = (given?: JobExecution): Event => ({
  type: 'cloud/job-next',
  body: { timestamp: 1, ...(given ? { execution: given } : {}) },
});

export const timeKnown: Event = { type: 'time/known', cloudMs: nowMs, boardMs: nowMs };

export const checked = (jobId = 'j1', given: FirmwareManifest = manifest): Event => ({
  type: 'update/checked',
  jobId,
  verdict: { ok: true, manifest: given },
});

/** The cloud's answer to the update request that was sent in `phase`. */
export const jobUpdated = (phase: string, jobId = 'j1'): Event => ({
  type: 'cloud/job-updated',
  jobId,
  body: { timestamp: 1, clientToken: `${phase}-${jobId}` },
});

export const jobNotUpdated = (phase: string, code: string, jobId = 'j1'): Event => ({
  type: 'cloud/job-not-updated',
  jobId,
  body: { code, clientToken: `${phase}-${jobId}` },
});

/** A stored job that goes from slot a to slot b. */
export function storedJob(phase: Phase, result?: JobResult, run?: string): Saved {
  const offered = { jobId: 'j1', to: 'b', renewals: 0, ...(run !== undefined && { run }) };
  const job = { ...offered, ...jobData(phase, result) };
  const row: Row = { job, failedImages: [] };
  return { row, items: new Map() };
}

const imageUrl = 'https://cloud/image?secret';
const failed: JobResult = { status: 'FAILED', reason: 'x', detail: '' };

function jobData(phase: Phase, result = failed) {
  switch (phase) {
    case 'checking':
      return { phase, imageUrl };
    case 'downloading':
      return { phase, imageUrl, manifest };
    case 'renewing':
      return { phase, manifest, fault: 'http-403' };
    case 'reporting':
      return { phase, manifest, result };
    default:
      return { phase, manifest };
  }
}

/** The job in short: its phase, and how it ended. */
export function jobOf({ row }: UpdatesState): string {
  if (row.job === null) return 'none';
  const { jobId, phase } = row.job;
  const result = resultOf(row.job);
  return `${jobId} ${phase}${result ? ` ${result.status} ${result.reason}` : ''}`;
}
