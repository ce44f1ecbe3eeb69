import { type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { UpdatesEffect } from './effects.ts';
import { askAgain, fail, finish, report } from './job.ts';
import { recover } from './recover.ts';
import {
  type Job,
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
  manifest: NonNullable<Job['manifest']>,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const { job, failedImages } = state.row;
  if (job === null) return unchanged(state);
  const booted = state.board.boot?.booted;
  if (booted !== undefined && slotOf(state, booted)?.sha256 === manifest.sha256) {
    const running = withJob(state, { manifest, from: job.to, to: booted });
    return healthy(recover(config, running, moment));
  }
  if (failedImages.includes(manifest.sha256)) {
    const why = { code: 'failed-before', message: 'this image failed here before' };
    return finish(config, state, 'REJECTED', why, moment);
  }
  const { jobId, imageUrl, to } = job;
  const next = withJob(
    { ...state, bytes: 0, reportedBytes: 0 },
    { phase: 'downloading', manifest },
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
    const why = { code, message: 'the job names no HTTPS URL of an image' };
    return finish(config, state, 'REJECTED', why, moment);
  }
  if (code === 'refused' || job.renewals >= renewalsMax) {
    return fail(config, state, code, 'the image could not be installed', moment);
  }
  const renewals = job.renewals + 1;
  const next = withJob({ ...state, asked: renewals }, { phase: 'renewing', renewals, fault: code });
  return { state: next, effects: [...report(config, next), askAgain(next, config, moment)] };
}

/** Progress is reported at each quarter, not at each chunk: every report is a billed message. */
export function told(
  config: UpdatesConfig,
  state: UpdatesState,
  job: Job,
): Step<UpdatesState, UpdatesEffect> {
  const length = job.manifest?.length ?? 1;
  const quarter = (bytes: number) => Math.floor((bytes / length) * 4);
  if (quarter(state.bytes) === quarter(state.reportedBytes) || state.bytes >= length)
    return unchanged(state);
  const next = { ...state, reportedBytes: state.bytes };
  return { state: next, effects: report(config, next) };
}
