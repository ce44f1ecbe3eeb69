import { PilotfishError } from '../../base/errors.ts';
import type { Board } from './board/board.ts';
import type { Handle } from './board/calls.ts';

/** What a tester can do to a board with the hands. */
export const BENCH_DEEDS = ['cut-power', 'press-button', 'get-stuck', 'status'] as const;

/**
 * Answers the test bench's requests: `cut-power`, `press-button`, `get-stuck` (`{ forS? }`, seconds of body time) and `status`.
 * `cutPower` ends everything at once and never returns.
 */
export function createBench(board: Board, cutPower: () => void): Handle {
  const { body, boot, power } = board;
  const done = async (reason: string | undefined) => {
    if (reason !== undefined) throw new PilotfishError('refused', reason);
    board.looked();
    await board.flushed();
    return null;
  };
  return async (op, params) => {
    const forS = (params as { forS?: unknown } | null)?.forS;
    switch (op as (typeof BENCH_DEEDS)[number]) {
      case 'cut-power':
        return cutPower();
      case 'press-button':
        return done(body.pressButton());
      case 'get-stuck':
        return done(body.getStuck(typeof forS === 'number' ? forS : undefined));
      case 'status':
        return {
          bootId: power.bootId,
          boot: boot.state,
          agent: { pid: power.agent?.pid ?? null, starts: power.starts },
          snapshot: body.snapshot(),
        };
      default:
        throw new PilotfishError('refused', 'no such deed');
    }
  };
}
