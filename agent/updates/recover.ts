import { type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { UpdatesEffect } from './effects.ts';
import { confirmSlot, finishJob } from './job.ts';
import {
  type DownloadingJob,
  type InstalledJob,
  isBeforeArming,
  offeredOf,
  type RenewingJob,
} from './row.ts';
import {
  healthTimer,
  renewJob,
  slotOf,
  type UpdatesConfig,
  type UpdatesState,
  withJob,
} from './state.ts';

/**
 * After a start: settles the job by the board's evidence alone. A slot holds the new image when its digest is the
 * manifest's.
 *
 * | the board says                                       | so                                                |
 * |------------------------------------------------------|---------------------------------------------------|
 * | the new image runs, on trial                         | verify its health                                 |
 * | the new image runs, good                             | confirm again (for the security floor): SUCCEEDED |
 * | the old slot runs, the new image failed its trial    | FAILED `rolled-back`, with the board's reason     |
 * | the old slot runs, the new image is complete, or armed | arm (again) when idle                           |
 * | anything else, while it was written                  | write it again                                    |
 * | anything else, before the arming                     | request a fresh document of the job               |
 * | anything else, later                                 | FAILED `unknown-outcome`                          |
 */
export function recoverJob(
  config: UpdatesConfig,
  state: UpdatesState,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const { job } = state.row;
  const boot = state.board.boot;
  if (job === null || job.phase === 'reporting' || boot === null) return unchanged(state);
  if (job.phase === 'checking') return { state: withJob(state, null) };
  const { manifest } = job;
  const target = slotOf(state, job.to);
  if (target === undefined || target.sha256 !== manifest.sha256) {
    return restartJob(config, state, job, moment);
  }
  const installed = { ...offeredOf(job), manifest };
  if (boot.booted === job.to) {
    return boot.onTrial ? startTrial(config, state, installed) : confirmSlot(state, installed);
  }
  if (target.state === 'bad') {
    const { reason, detail } = boot.fallback ?? { reason: 'unknown', detail: '' };
    // A trial that a power cut ended is no evidence against the image.
    const isImageToBlame = reason === 'crashed' || reason === 'hung';
    const message = `${reason}: ${detail}`;
    const end = { status: 'FAILED', code: 'rolled-back', message, isImageToBlame } as const;
    return finishJob(config, state, job, end, moment);
  }
  if (target.state === 'complete' || boot.next === job.to) {
    return { state: withJob(state, { ...installed, phase: 'waiting' }) };
  }
  return restartJob(config, state, job, moment);
}

function startTrial(
  config: UpdatesConfig,
  state: UpdatesState,
  job: Omit<InstalledJob, 'phase'>,
): Step<UpdatesState, UpdatesEffect> {
  return {
    state: withJob(state, { ...job, phase: 'verifying' }),
    effects: [{ type: 'timer/set', key: healthTimer, ms: config.healthMs }],
  };
}

/** Writing the slot again is safe. A job whose slot is the running one by now is requested again instead. */
function restartJob(
  config: UpdatesConfig,
  state: UpdatesState,
  job: DownloadingJob | RenewingJob | InstalledJob,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  if (!isBeforeArming(job)) {
    const message = 'the board knows nothing of the new image';
    const end = { status: 'FAILED', code: 'unknown-outcome', message } as const;
    return finishJob(config, state, job, end, moment);
  }
  if (state.board.boot?.booted === job.to) return { state: withJob(state, null) };
  if (job.phase === 'renewing') return unchanged(state);
  if (job.phase !== 'downloading') return { state: renewJob(state, job, 'image-lost') };
  const { manifest, jobId, imageUrl, to } = job;
  return {
    state: withJob(state, { ...job }),
    effects: [{ type: 'update/install', jobId, manifest, imageUrl, slot: to }],
  };
}
