import type { Event } from '../events.ts';
import { type Machine, type MachineState, noItems, type Step, stay } from '../machine.ts';

/**
 * Theory of operation. In safe mode nobody watches the missions, and an update still must not take a robot from its
 * work: this machine looks at the body in the missions' stead, at the start and at each change, one look at a time. A
 * look that failed is repeated after a minute. It keeps nothing.
 */
export interface WatchState extends MachineState {
  readonly look: 'no' | 'running' | 'running-again';
  /** The newest event that was read: old ones are of no use here. */
  readonly cursor: number;
}

const lookTimer = 'watch/look';
const againMs = 60_000;

export const watchMachine: Machine<WatchState> = {
  name: 'watch',
  format: { v: 1, minReader: 1 },
  restore: () => ({ row: null, items: noItems, look: 'no', cursor: 0 }),
  step,
  view: ({ look }) => ({ look }),
};

function step(state: WatchState, event: Event): Step<WatchState> {
  switch (event.type) {
    case 'agent/started':
    case 'body/changed':
      return look(state);
    case 'timer':
      return event.key === lookTimer ? look(state) : stay(state);
    case 'body/observed': {
      const seen = { ...state, look: 'no', cursor: event.snapshot.lastEvent } as const;
      return state.look === 'running-again' ? look(seen) : stay(seen);
    }
    case 'body/unseen':
    case 'body/half-observed':
      return {
        state: { ...state, look: 'no' },
        effects: [{ type: 'timer/set', key: lookTimer, ms: againMs }],
      };
    default:
      return stay(state);
  }
}

function look(state: WatchState): Step<WatchState> {
  if (state.look !== 'no') return stay({ ...state, look: 'running-again' });
  return {
    state: { ...state, look: 'running' },
    effects: [{ type: 'body/look', after: state.cursor }],
  };
}
