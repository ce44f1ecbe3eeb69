import type { FirmwareManifest } from '../../protocol/schemas/firmware.ts';
import { type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { UpdatesEffect } from './effects.ts';
import { askAgain, fail, finish, report } from './job.ts';
import { recover } from './recover.ts';
import type { CheckingJob, Job } from './row.ts';
import {
  renew,
  renewalsMax,
  slotOf,
  type UpdatesConfig,
  type UpdatesState,
  withJob,
} from './state.ts';
import { healthy } from './switch.ts';

/** Brings the image into the free slot. */

/** The manifest is trusted: its image is downloaded, unless it already runs or failed here before. */
export function download(
  config: UpdatesConfig,
  state: UpdatesState,
  { imageUrl, ...job }: CheckingJob,
  manifest: FirmwareManifest,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const booted = state.board.boot?.booted;
  if (booted !== undefined && slotOf(state, booted)?.sha256 === manifest.sha256) {
    const running = withJob(state, { ...job, phase: 'waiting', manifest, to: booted });
    return healthy(recover(config, running, moment));
  }
  if (state.row.failedImages.includes(manifest.sha256)) {
    const message = 'this image failed here before';
    const end = { status: 'REJECTED', code: 'failed-before', message } as const;
    return finish(config, state, { ...job, manifest }, end, moment);
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
      ...report(config, next),
    ],
  };
}

/** A fresh document of the same job would be the same: these are the publisher's mistakes. */
const noUrls: readonly string[] = ['not-a-url', 'not-https'];

/**
 * A transfer that was interrupted, or whose URL expired, starts again with a fresh job document (AWS IoT Jobs signs its
 * URLs when the document is read), a few times and with growing delays.
 */
export function notInstalled(
  config: UpdatesConfig,
  state: UpdatesState,
  job: Job,
  code: string,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  if (job.phase !== 'downloading') return unchanged(state);
  if (noUrls.includes(code)) {
    const message = 'the job names no HTTPS URL of an image';
    return finish(config, state, job, { status: 'REJECTED', code, message }, moment);
  }
  if (code === 'refused' || job.renewals >= renewalsMax) {
    return fail(config, state, job, code, 'the image could not be installed', moment);
  }
  const next = renew({ ...state, asked: job.renewals + 1 }, job, code);
  return { state: next, effects: [...report(config, next), askAgain(next, config, moment)] };
}

/** Progress is reported at each quarter, not at each chunk: every report is a billed message. */
export function told(
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
  return { state: next, effects: report(config, next) };
}
