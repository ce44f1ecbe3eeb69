import type { FirmwareManifest } from '../../protocol/schemas/firmware.ts';
import { type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { UpdatesEffect } from './effects.ts';
import { failJob, finishJob, reportStatus, scheduleRetry } from './job.ts';
import { recoverJob } from './recover.ts';
import type { CheckingJob, Job } from './row.ts';
import {
  renewalsMax,
  renewJob,
  slotOf,
  type UpdatesConfig,
  type UpdatesState,
  withJob,
} from './state.ts';
import { confirmIfHealthy } from './switch.ts';

/** Brings the image into the free slot. */

/** The manifest is trusted: its image is downloaded, unless it already runs or failed here before. */
export function startDownload(
  config: UpdatesConfig,
  state: UpdatesState,
  { imageUrl, ...job }: CheckingJob,
  manifest: FirmwareManifest,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const booted = state.board.boot?.booted;
  if (booted !== undefined && slotOf(state, booted)?.sha256 === manifest.sha256) {
    const running = withJob(state, { ...job, phase: 'waiting', manifest, to: booted });
    return confirmIfHealthy(recoverJob(config, running, moment));
  }
  if (state.row.failedImages.includes(manifest.sha256)) {
    const message = 'this image failed here before';
    const end = { status: 'REJECTED', code: 'failed-before', message } as const;
    return finishJob(config, state, { ...job, manifest }, end, moment);
  }
  const { jobId, to } = job;
  const next = withJob(
    { ...state, bytes: 0, reportedBytes: 0 },
    { ...job, phase: 'downloading', imageUrl, manifest },
  );
  return {
    state: next,
    effects: [
      { type: 'update/install', jobId, manifest, imageUrl, slot: to },
      ...reportStatus(config, next),
    ],
  };
}

/** A fresh document of the same job would be the same: these are the publisher's mistakes. */
const noUrls: readonly string[] = ['not-a-url', 'not-https'];

/**
 * A transfer that was interrupted, or whose URL expired, starts again with a fresh job document (AWS IoT Jobs signs its
 * URLs when the document is read), a few times and with growing delays.
 */
export function handleInstallFailure(
  config: UpdatesConfig,
  state: UpdatesState,
  job: Job,
  code: string,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  if (job.phase !== 'downloading') return unchanged(state);
  if (noUrls.includes(code)) {
    const message = 'the job names no HTTPS URL of an image';
    return finishJob(config, state, job, { status: 'REJECTED', code, message }, moment);
  }
  if (code === 'refused' || job.renewals >= renewalsMax) {
    return failJob(config, state, job, code, 'the image could not be installed', moment);
  }
  const next = renewJob({ ...state, requests: job.renewals + 1 }, job, code);
  return {
    state: next,
    effects: [...reportStatus(config, next), scheduleRetry(next, config, moment)],
  };
}

/** Progress is reported at each quarter, not at each chunk: every report is a billed message. */
export function reportProgress(
  config: UpdatesConfig,
  state: UpdatesState,
  job: Job,
): Step<UpdatesState, UpdatesEffect> {
  if (job.phase !== 'downloading') return unchanged(state);
  const { length } = job.manifest;
  const quarter = (bytes: number) => Math.floor((bytes / length) * 4);
  if (quarter(state.bytes) === quarter(state.reportedBytes) || state.bytes >= length)
    return unchanged(state);
  const next = { ...state, reportedBytes: state.bytes };
  return { state: next, effects: reportStatus(config, next) };
}
