import type { Event } from '../events.ts';
import { type Step, unchanged } from '../kernel/machine.ts';
import type { UpdatesEffect } from './effects.ts';
import { confirmSlot, reboot, reportStatus } from './job.ts';
import { type Job, offeredOf } from './row.ts';
import { healthTimer, type UpdatesConfig, type UpdatesState, withJob } from './state.ts';

/** The change to the new slot, and the steps that are retried when it does not happen. */

/** The image is in its slot. */
export const awaitIdle = (state: UpdatesState, job: Job): Step<UpdatesState, UpdatesEffect> => {
  if (job.phase !== 'downloading') return unchanged(state);
  const { manifest } = job;
  const waiting = withJob(state, { ...offeredOf(job), phase: 'waiting', manifest });
  return { state: waiting, events: [pollRequest] };
};

/** The body decides when: the next snapshot of a docked, idle robot arms the slot. */
export const pollRequest: Event = { type: 'body/poll-requested', by: 'updates' };

/** The robot is docked and idle, by a snapshot of this turn. */
export function armSlot(
  config: UpdatesConfig,
  before: Step<UpdatesState, UpdatesEffect>,
): Step<UpdatesState, UpdatesEffect> {
  const { state } = before;
  const { job } = state.row;
  if (job?.phase !== 'waiting') return before;
  const next = withJob(state, { ...job, phase: 'arming' });
  return {
    state: next,
    effects: [
      ...(before.effects ?? []),
      {
        type: 'update/arm',
        jobId: job.jobId,
        slot: job.to,
        attempts: config.trialAttempts,
      },
      ...reportStatus(config, next),
    ],
  };
}

/** On trial: a reached cloud and a polled body are proof of health. */
export function confirmIfHealthy(
  before: Step<UpdatesState, UpdatesEffect>,
): Step<UpdatesState, UpdatesEffect> {
  const { state } = before;
  const { job } = state.row;
  if (job?.phase !== 'verifying' || !state.linkUp || !state.bodySeen) return before;
  const confirmed = confirmSlot(state, job);
  return {
    state: confirmed.state,
    effects: [
      ...(before.effects ?? []),
      { type: 'timer/clear', key: healthTimer },
      ...(confirmed.effects ?? []),
    ],
  };
}

/** Trial timeout: back to the old slot. */
export function abandonTrial(state: UpdatesState): Step<UpdatesState, UpdatesEffect> {
  const { job } = state.row;
  if (job?.phase !== 'verifying') return unchanged(state);
  return {
    state: withJob(state, { ...job, phase: 'giving-up' }),
    effects: reboot('the trial boot did not become healthy'),
  };
}

/** What has not happened within a minute may be repeated. */
export function repeatAction(state: UpdatesState): Step<UpdatesState, UpdatesEffect> {
  const { job } = state.row;
  switch (job?.phase) {
    case 'rebooting':
    case 'giving-up':
      // Still running: evidence that the reboot did not happen.
      return { state: withJob(state, { ...job }), effects: reboot('requested again') };
    case 'confirming':
      return confirmSlot(state, job);
    case 'waiting':
      return { state, events: [pollRequest] };
    default:
      return unchanged(state);
  }
}
