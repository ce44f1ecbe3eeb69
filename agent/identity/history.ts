import { isoOf } from '../../protocol/time.ts';
import type { Event, IdentityFacts } from '../events.ts';
import {
  type Machine,
  type MachineState,
  type Moment,
  noItems,
  type Step,
  unchanged,
} from '../kernel/machine.ts';
import { credentialsAfter } from './credentials-after.ts';
import type { IdentityEffect } from './effects.ts';

/**
 * Theory of operation. Remembers which certificate has connected last. A cloud that closes without a reason at the
 * first contact is registering this robot; one that does so to a certificate that it has accepted before is blocking
 * it. This is used only for the diagnosis.
 *
 * Written once per certificate, soon after its first connection and in a turn of its own. A turn that a full store
 * rejects did not happen, and the robot must be able to publish without this row.
 */
export interface HistoryState extends MachineState {
  readonly row: HistoryRow | null;
  /** What is known, stored or not. */
  readonly seen: HistoryRow | null;
  readonly identity: IdentityFacts;
}

interface HistoryRow {
  readonly certificateId: string;
  /** When it connected first, by this robot's clock then. */
  readonly wallMs: number;
}

export const historyMachine: Machine<HistoryState, IdentityEffect> = {
  name: 'history',
  format: { v: 1, minReader: 1 },
  restore(saved) {
    const row = isRow(saved?.row) ? saved.row : null;
    return { row, seen: row, items: noItems, identity: { current: null, next: null } };
  },
  step,
  view: ({ seen }) => ({
    certificateId: seen?.certificateId ?? null,
    firstConnected: seen === null ? null : isoOf(seen.wallMs),
  }),
};

const writeTimer = 'history/write';
const writeMs = 1000;

function step(
  state: HistoryState,
  event: Event,
  { now }: Moment,
): Step<HistoryState, IdentityEffect> {
  switch (event.type) {
    case 'agent/started':
    case 'identity/known':
    case 'identity/staged':
    case 'identity/promoted':
      return { state: { ...state, identity: credentialsAfter(state.identity, event) } };
    case 'link/up':
      return recordConnection(state, state.identity[event.credentials]?.certificateId, now.wallMs);
    case 'timer':
      if (event.key !== writeTimer || state.row === state.seen) return unchanged(state);
      return { state: { ...state, row: state.seen } };
    default:
      return unchanged(state);
  }
}

function recordConnection(
  state: HistoryState,
  id: string | undefined,
  wallMs: number,
): Step<HistoryState, IdentityEffect> {
  if (id === undefined || id === state.seen?.certificateId) return unchanged(state);
  return {
    state: { ...state, seen: { certificateId: id, wallMs } },
    effects: [{ type: 'timer/set', key: writeTimer, ms: writeMs }],
  };
}

function isRow(row: unknown): row is HistoryRow {
  if (typeof row !== 'object' || row === null) return false;
  const { certificateId, wallMs } = row as Partial<HistoryRow>;
  return typeof certificateId === 'string' && typeof wallMs === 'number';
}
