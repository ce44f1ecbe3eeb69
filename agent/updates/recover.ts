import { type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { UpdatesEffect } from './effects.ts';
import { confirm, finish } from './job.ts';
import {
  healthTimer,
  isBeforeArming,
  type Job,
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
 * | anything else, before the arming                     | begin anew                                        |
 * | anything else, later                                 | FAILED `unknown-outcome`                          |
 */
export function recover(
  config: UpdatesConfig,
  state: UpdatesState,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const { job } = state.row;
  const boot = state.board.boot;
  if (job === null || job.phase === 'reporting' || boot === null) return unchanged(state);
  const target = slotOf(state, job.to);
  if (target === undefined || target.sha256 !== job.manifest?.sha256) {
    return anew(config, state, job, moment);
  }
  if (boot.booted === job.to) return boot.onTrial ? verify(config, state) : confirm(state);
  if (target.state === 'bad') {
    const { reason, detail } = boot.fallback ?? { reason: 'unknown', detail: '' };
    // A trial that a power cut ended is no evidence against the image.
    const isImageToBlame = reason === 'crashed' || reason === 'hung';
    const why = { code: 'rolled-back', message: `${reason}: ${detail}`, isImageToBlame };
    return finish(config, state, 'FAILED', why, moment);
  }
  if (target.state === 'complete' || boot.next === job.to) {
    return { state: withJob(state, { phase: 'waiting' }) };
  }
  return anew(config, state, job, moment);
}

function verify(config: UpdatesConfig, state: UpdatesState): Step<UpdatesState, UpdatesEffect> {
  return {
    state: withJob(state, { phase: 'verifying' }),
    effects: [{ type: 'timer/set', key: healthTimer, ms: config.healthMs }],
  };
}

/**
 * Writing the slot again is safe. A job that was interrupted before its manifest was trusted, or whose slot is the
 * running one by now, is requested again instead.
 */
function anew(
  config: UpdatesConfig,
  state: UpdatesState,
  job: Job,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const { manifest, jobId, imageUrl, to } = job;
  if (!isBeforeArming(job)) {
    const why = { code: 'unknown-outcome', message: 'the board knows nothing of the new image' };
    return finish(config, state, 'FAILED', why, moment);
  }
  if (manifest === null || state.board.boot?.booted === to) {
    return { state: { ...state, row: { ...state.row, job: null } } };
  }
  return {
    state: withJob(state, { phase: 'downloading' }),
    effects: [{ type: 'update/install', jobId, manifest, imageUrl, slot: to }],
  };
}
