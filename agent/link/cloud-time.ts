import { earliestMs } from '../../protocol/time.ts';
import type { Event } from '../events.ts';
import { type Machine, type MachineState, noItems, type Step, stay } from '../machine.ts';

/**
 * Theory of operation. The shadow and jobs services stamp their answers with the cloud's time in whole seconds. The
 * first such answer on a connection makes cloud time known: the stamps are made from it (quality `synced`), and
 * `time/known` lets those go on who must not act on a wrong clock. It is asked for again on each connection, because a
 * robot may have slept in between. Messages of ours are no time source: they are repeated and arrive late.
 */
export interface CloudTimeState extends MachineState {
  readonly known: boolean;
}

export const cloudTimeMachine: Machine<CloudTimeState> = {
  name: 'cloud-time',
  format: { v: 1, minReader: 1 },
  restore: () => ({ row: null, items: noItems, known: false }),
  step,
  view: ({ known }) => ({ known }),
};

function step(state: CloudTimeState, event: Event): Step<CloudTimeState> {
  switch (event.type) {
    case 'link/down':
      return state.known ? { state: { ...state, known: false } } : stay(state);
    case 'cloud/shadow-got':
    case 'cloud/job-next':
    case 'cloud/shadow-updated':
      return state.known ? stay(state) : learn(state, event.body.timestamp);
    case 'cloud/shadow-not-got':
      if (state.known || event.body.timestamp === undefined) return stay(state);
      return learn(state, event.body.timestamp);
    default:
      return stay(state);
  }
}

/** AWS documents seconds; some of its samples show milliseconds, so both are taken. */
function learn(state: CloudTimeState, timestamp: number): Step<CloudTimeState> {
  const cloudMs = Math.round(timestamp < 1e11 ? timestamp * 1000 : timestamp);
  if (cloudMs < earliestMs) return stay(state);
  return {
    state: { ...state, known: true },
    effects: [{ type: 'time/sync', cloudMs }],
    events: [{ type: 'time/known', cloudMs }],
  };
}
