import { type Moment, type Step, stay } from '../machine.ts';
import { finish, reboot } from './job.ts';
import {
  healthTimer,
  type Job,
  slotOf,
  type UpdatesConfig,
  type UpdatesState,
  withJob,
} from './state.ts';

/**
 * After a start: what became of the job, by the board's evidence alone.
 *
 * | the board says                                | so                                                  |
 * |-----------------------------------------------|-----------------------------------------------------|
 * | the new slot runs, on trial                   | verify its health                                   |
 * | the new slot runs, good                       | it was confirmed: SUCCEEDED                         |
 * | the old slot runs, it fell back from the new  | FAILED `rolled-back`, with the board's reason       |
 * | the old slot runs, the new one boots next     | it was armed: reboot                                |
 * | the old slot runs, the new one is complete    | installed, not armed: arm when idle                 |
 * | the old slot runs, the new one is not complete | the writing was cut off: begin anew                |
 */
export function recover(
  config: UpdatesConfig,
  state: UpdatesState,
  moment: Moment,
): Step<UpdatesState> {
  const { job } = state.row;
  const boot = state.board.boot;
  if (job === null || job.phase === 'reporting' || boot === null) return stay(state);
  if (boot.booted === job.to) {
    return boot.onTrial
      ? verify(config, state)
      : finish(config, state, 'SUCCEEDED', { code: 'confirmed', message: job.to }, moment);
  }
  if (boot.fallback?.slot === job.to && beyondArming(job)) {
    const { reason, detail } = boot.fallback;
    const why = { code: 'rolled-back', message: `${reason}: ${detail}` };
    return finish(config, state, 'FAILED', why, moment);
  }
  const target = slotOf(state, job.to);
  const isOurs = target?.sha256 === job.manifest?.sha256;
  if (boot.next === job.to && isOurs) {
    return {
      state: withJob(state, { phase: 'rebooting' }),
      effects: reboot('the update is armed'),
    };
  }
  if (target?.state === 'complete' && isOurs && job.manifest !== null) {
    return { state: withJob(state, { phase: 'waiting' }) };
  }
  return anew(config, state, job, moment);
}

const beyondArming = (job: Job): boolean =>
  !['checking', 'downloading', 'renewing', 'waiting'].includes(job.phase);

function verify(config: UpdatesConfig, state: UpdatesState): Step<UpdatesState> {
  return {
    state: withJob(state, { phase: 'verifying' }),
    effects: [{ type: 'timer/set', key: healthTimer, ms: config.healthMs }],
  };
}

/** Writing the slot again is safe; a job that died before its manifest was believed is asked for again instead. */
function anew(
  config: UpdatesConfig,
  state: UpdatesState,
  job: Job,
  moment: Moment,
): Step<UpdatesState> {
  const { manifest, jobId, imageUrl, to } = job;
  if (manifest === null) return { state: { ...state, row: { ...state.row, job: null } } };
  if (beyondArming(job)) {
    const why = { code: 'unknown-outcome', message: 'the board knows nothing of the new slot' };
    return finish(config, state, 'FAILED', why, moment);
  }
  return {
    state: withJob(state, { phase: 'downloading' }),
    effects: [{ type: 'update/install', jobId, manifest, imageUrl, slot: to }],
  };
}
