import { PilotfishError } from '../../base/errors.ts';
import type { Board } from './board/board.ts';
import type { Handle } from './board/calls.ts';

/** A tester's manual operations on a board. */
export const BENCH_DEEDS = [
  'cut-power',
  'press-button',
  'get-stuck',
  'damage-slot',
  'status',
] as const;

export interface BenchHands {
  /** Ends everything at once and never returns. */
  cutPower(): void;
  /** Changes a byte of the image in a slot, unnoticed by the board. */
  damageSlot(slot: string): Promise<void>;
}

/**
 * Handles the test bench's requests: `cut-power`, `press-button`, `get-stuck` (`{ forS? }`, seconds of body time),
 * `damage-slot` (`{ slot }`) and `status`.
 */
export function createBench(board: Board, hands: BenchHands): Handle {
  const { body, boot, power } = board;
  const done = async (reason: string | undefined) => {
    if (reason !== undefined) throw new PilotfishError('refused', reason);
    board.noteChange();
    await board.flushed();
    return null;
  };
  return async (op, params) => {
    const { forS, slot } = (params ?? {}) as { forS?: unknown; slot?: unknown };
    switch (op as (typeof BENCH_DEEDS)[number]) {
      case 'cut-power':
        return hands.cutPower();
      case 'press-button':
        return done(body.pressButton());
      case 'get-stuck':
        return done(body.getStuck(typeof forS === 'number' ? forS : undefined));
      case 'damage-slot': {
        const isKnown = boot.state.slots.some(({ name }) => name === slot);
        if (!isKnown) throw new PilotfishError('refused', 'there is no such slot');
        await hands.damageSlot(String(slot));
        return null;
      }
      case 'status':
        return {
          bootId: power.bootId,
          boot: boot.state,
          agent: { pid: power.agent?.pid ?? null, starts: power.starts },
          snapshot: body.snapshot(),
        };
      default:
        throw new PilotfishError('refused', 'no such action');
    }
  };
}
