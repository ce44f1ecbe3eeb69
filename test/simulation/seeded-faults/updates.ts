import type { UpdatesEffect } from '../../../agent/updates/effects.ts';
import type { UpdatesState } from '../../../agent/updates/state.ts';
import type { FirmwareManifest } from '../../../protocol/schemas/firmware.ts';
import { type SeededFault, wrapExports, wrapStep } from '../seams.ts';

const healthTimer = 'updates/health';

/** Seeded faults of firmware updates. */
export const updateFaults: readonly SeededFault[] = [
  {
    name: 'stale-health-timer',
    seam: wrapStep<UpdatesState, UpdatesEffect>('updates', (step) => (state, event, moment) => {
      const isTimer = event.type === 'timer' && event.key === healthTimer;
      if (isTimer && state.row.job?.phase !== 'verifying') {
        const reason = 'the trial boot did not become healthy';
        return { state, effects: [{ type: 'system/reboot', reason }] };
      }
      const done = step(state, event, moment);
      const isClear = (effect: UpdatesEffect) =>
        effect.type === 'timer/clear' && effect.key === healthTimer;
      return { ...done, effects: done.effects?.filter((effect) => !isClear(effect)) ?? [] };
    }),
    seedsMax: 60,
    why: 'an image that has proven its health is given up when the time for proving it is over',
  },
  {
    name: 'good-before-health',
    seam: wrapExports<typeof import('../../../agent/updates/recover.ts')>(
      'agent/updates/recover.ts',
      {
        recoverJob: (real) => (config, state, moment) => {
          const { board } = state;
          const boot = board.boot && { ...board.boot, onTrial: false };
          const done = real(config, { ...state, board: { ...board, boot } }, moment);
          return { ...done, state: { ...done.state, board } };
        },
      },
    ),
    seedsMax: 60,
    why: 'a slot is marked good at its first start, before it has reached its cloud',
  },
  {
    name: 'jobs-without-pause',
    seam: wrapStep<UpdatesState>(
      'updates',
      (step) => (state, event, moment) =>
        step(
          { ...state, startBudget: { ...state.startBudget, tokens: state.startBudget.burst } },
          event,
          moment,
        ),
    ),
    seedsMax: 60,
    why: 'each job that ends is followed by the next at once, for as long as a cloud offers any',
  },
  {
    name: 'any-signature',
    seam: wrapExports<typeof import('../../../agent/io/trust.ts')>('agent/io/trust.ts', {
      checkManifest: (real) => (envelope, context) => {
        const verdict = real(envelope, context);
        if (verdict.ok || verdict.code !== 'untrusted') return verdict;
        const text = Buffer.from(envelope.payload, 'base64').toString();
        return { ok: true, value: JSON.parse(text) as FirmwareManifest };
      },
    }),
    seedsMax: 60,
    why: "an image is installed whose signature is not the maker's",
  },
  {
    name: 'security-floor-ignored',
    seam: wrapExports<typeof import('../../../agent/io/trust.ts')>('agent/io/trust.ts', {
      checkManifest: (real) => (envelope, context) => real(envelope, { ...context, floor: 0 }),
    }),
    seedsMax: 30,
    why: 'an image of an older security version is installed',
  },
  {
    name: 'image-not-synced',
    seam: wrapExports<typeof import('../../../hal/sim/installer.ts')>('hal/sim/installer.ts', {
      createInstaller: (real) => (call, openSlot) =>
        real(call, async (path) => ({ ...(await openSlot(path)), sync: async () => {} })),
    }),
    seedsMax: 60,
    why: 'a slot is complete while its image is only in the cache: the power goes, and it is torn',
  },
  {
    name: 'withdrawn-update-armed',
    seam: wrapStep<UpdatesState, UpdatesEffect>('updates', (step) => (state, event, moment) => {
      const isBusy = state.row.job !== null && state.row.job.phase !== 'renewing';
      return event.type === 'cloud/job-next' && isBusy ? { state } : step(state, event, moment);
    }),
    seedsMax: 450,
    why: 'a bad firmware is installed hours after its job was canceled',
  },
];
