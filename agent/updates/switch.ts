import type { Event } from '../events.ts';
import { type Step, unchanged } from '../kernel/machine.ts';
import type { UpdatesEffect } from './effects.ts';
import { confirm, reboot, report } from './job.ts';
import { healthTimer, type UpdatesConfig, type UpdatesState, withJob } from './state.ts';

/** The change to the new slot, and what is tried again when it does not come about. */

/** The body decides when: the next snapshot that shows the robot at home arms the slot. */
export const pollRequest: Event = { type: 'body/poll-requested', by: 'updates' };

/** The robot is at home and idle, as a snapshot of this turn shows. */
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

/** On trial: cloud reached and body seen is health enough to stay. */
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

/** Out of time on trial: back to the old slot. */
export function unhealthy(state: UpdatesState): Step<UpdatesState, UpdatesEffect> {
  if (state.row.job?.phase !== 'verifying') return unchanged(state);
  return {
    state: withJob(state, { phase: 'giving-up' }),
    effects: reboot('the trial boot did not become healthy'),
  };
}

/** What has not come about within a minute may be done again. */
export function again(state: UpdatesState): Step<UpdatesState, UpdatesEffect> {
  switch (state.row.job?.phase) {
    case 'rebooting':
    case 'giving-up':
      // Still here: the evidence that it did not happen.
      return { state: withJob(state, {}), effects: reboot('asked for again') };
    case 'confirming':
      return confirm(state);
    case 'waiting':
      return { state, events: [pollRequest] };
    default:
      return unchanged(state);
  }
}
