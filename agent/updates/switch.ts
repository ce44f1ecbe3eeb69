import type { Event } from '../events.ts';
import { type Step, unchanged } from '../kernel/machine.ts';
import type { UpdatesEffect } from './effects.ts';
import { confirm, reboot, report } from './job.ts';
import { healthTimer, type UpdatesConfig, type UpdatesState, withJob } from './state.ts';

/** The change to the new slot, and the steps that are retried when it does not happen. */

/** The body decides when: the next snapshot of a docked, idle robot arms the slot. */
export const pollRequest: Event = { type: 'body/poll-requested', by: 'updates' };

/** The robot is docked and idle, by a snapshot of this turn. */
export function arm(
  config: UpdatesConfig,
  before: Step<UpdatesState, UpdatesEffect>,
): Step<UpdatesState, UpdatesEffect> {
  const { state } = before;
  const { job } = state.row;
  if (job?.phase !== 'waiting') return before;
  const next = withJob(state, { phase: 'arming' });
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
      ...report(config, next),
    ],
  };
}

/** On trial: a reached cloud and a polled body are proof of health. */
export function healthy(
  before: Step<UpdatesState, UpdatesEffect>,
): Step<UpdatesState, UpdatesEffect> {
  const { state } = before;
  const { job } = state.row;
  if (job?.phase !== 'verifying' || !state.linkUp || !state.bodySeen) return before;
  const confirmed = confirm(state);
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
export function unhealthy(state: UpdatesState): Step<UpdatesState, UpdatesEffect> {
  if (state.row.job?.phase !== 'verifying') return unchanged(state);
  return {
    state: withJob(state, { phase: 'giving-up' }),
    effects: reboot('the trial boot did not become healthy'),
  };
}

/** What has not happened within a minute may be repeated. */
export function again(state: UpdatesState): Step<UpdatesState, UpdatesEffect> {
  switch (state.row.job?.phase) {
    case 'rebooting':
    case 'giving-up':
      // Still running: evidence that the reboot did not happen.
      return { state: withJob(state, {}), effects: reboot('asked for again') };
    case 'confirming':
      return confirm(state);
    case 'waiting':
      return { state, events: [pollRequest] };
    default:
      return unchanged(state);
  }
}
