import type { Event, IdentityFacts } from '../events.ts';
import {
  type Machine,
  type MachineState,
  type Moment,
  noItems,
  type Step,
  stay,
} from '../machine.ts';
import { isoOf } from './floor.ts';
import { pairsAfter } from './pairs.ts';

/**
 * Theory of operation. Remembers which certificate has connected last: a cloud that closes without a word at the first
 * contact is registering this robot, and one that does so to a certificate that it has taken before is blocking it.
 * Written once in a certificate's life, at its first connection. Nothing hangs on it but what people are told.
 */
export interface HistoryState extends MachineState {
  readonly row: HistoryRow | null;
  readonly identity: IdentityFacts;
}

interface HistoryRow {
  readonly certificateId: string;
  /** When it connected first, as this robot's clock said then. */
  readonly wallMs: number;
}

export const historyMachine: Machine<HistoryState> = {
  name: 'history',
  format: { v: 1, minReader: 1 },
  restore: (saved) => ({
    row: isRow(saved?.row) ? saved.row : null,
    items: noItems,
    identity: { current: null, next: null },
  }),
  step,
  view: ({ row }) => ({
    certificateId: row?.certificateId ?? null,
    firstConnected: row === null ? null : isoOf(row.wallMs),
  }),
};

function step(state: HistoryState, event: Event, { now }: Moment): Step<HistoryState> {
  switch (event.type) {
    case 'agent/started':
    case 'identity/known':
    case 'identity/staged':
    case 'identity/promoted':
      return { state: { ...state, identity: pairsAfter(state.identity, event) } };
    case 'link/up':
      return connected(state, state.identity[event.pair]?.certificateId, now.wallMs);
    default:
      return stay(state);
  }
}

function connected(
  state: HistoryState,
  id: string | undefined,
  wallMs: number,
): Step<HistoryState> {
  if (id === undefined || id === state.row?.certificateId) return stay(state);
  return { state: { ...state, row: { certificateId: id, wallMs } } };
}

function isRow(row: unknown): row is HistoryRow {
  if (typeof row !== 'object' || row === null) return false;
  const { certificateId, wallMs } = row as Partial<HistoryRow>;
  return typeof certificateId === 'string' && typeof wallMs === 'number';
}
