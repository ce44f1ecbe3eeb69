import type { ShadowState } from '../../../agent/shadow/state.ts';
import { type SeededFault, wrapExports, wrapStep } from '../seams.ts';

/** Seeded faults of settings and desired values. */
export const shadowFaults: readonly SeededFault[] = [
  {
    name: 'old-delta',
    seam: wrapStep<ShadowState>('shadow', (step) => (state, event, moment) => {
      if (event.type !== 'cloud/shadow-delta') return step(state, event, moment);
      const version = Math.min(state.version, event.body.version - 1);
      return step(state.got ? { ...state, version } : state, event, moment);
    }),
    seedsMax: 300,
    why: 'a delta that was overtaken on its way sets the settings back',
  },
  {
    name: 'endless-report-loop',
    seam: wrapExports<typeof import('../../../agent/shadow/report.ts')>('agent/shadow/report.ts', {
      reportSettings: (real) => (state, config, moment) =>
        real({ ...state, reportedText: null }, config, moment),
    }),
    seedsMax: 100,
    why: 'each report that the cloud takes is answered by the same report',
  },
  {
    name: 'owner-overruled',
    seam: wrapExports<typeof import('../../../agent/shadow/desired.ts')>(
      'agent/shadow/desired.ts',
      {
        isOverridden: () => () => false,
        overriddenValues: () => () => ({}),
      },
    ),
    seedsMax: 40,
    why: 'what an owner changes on the robot is set back at once to what the cloud has desired before',
  },
  {
    name: 'invalid-value-stops-all',
    seam: wrapExports<typeof import('../../../agent/link/inbound.ts')>('agent/link/inbound.ts', {
      readMessage: (real) => (robot, topic, payload) => {
        const read = real(robot, topic, payload);
        const isOdd = read.ok && read.value !== undefined && 'dropped' in read.value;
        return isOdd ? { ok: false, code: 'wrong-schema', message: 'odd' } : read;
      },
    }),
    seedsMax: 100,
    why: 'one desired value that cannot be read makes the whole shadow worthless',
  },
];
