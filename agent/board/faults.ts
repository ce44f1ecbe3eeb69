import type { Journal, Time } from '../kernel/ports.ts';
import type { BoardCallName } from './limits.ts';

/** The last failure of a call to the board; cleared by its next valid answer. */
export interface BoardFault {
  readonly code: string;
  readonly message: string;
  readonly times: number;
}

const logEveryMs = 60_000;

/**
 * Logs failures of the board: the first failure of a call and each new message, at most one line a minute and call, and
 * the recovery. The status has the newest of each call.
 */
export class BoardFaults {
  readonly #faults = new Map<BoardCallName, BoardFault>();
  readonly #loggedMs = new Map<BoardCallName, number>();
  readonly #parts: { readonly time: Pick<Time, 'now'>; readonly journal: Journal };

  constructor(parts: { readonly time: Pick<Time, 'now'>; readonly journal: Journal }) {
    this.#parts = parts;
  }

  failed(call: BoardCallName, code: string, message: string): void {
    const { journal, time } = this.#parts;
    journal.count('board-fault', call);
    const before = this.#faults.get(call);
    this.#faults.set(call, { code, message, times: (before?.times ?? 0) + 1 });
    if (before?.message === message) return;
    const nowMs = time.now().monoMs;
    if (nowMs - (this.#loggedMs.get(call) ?? -logEveryMs) < logEveryMs) return;
    this.#loggedMs.set(call, nowMs);
    journal.note('warn', 'board call failed', { call, code, detail: message });
  }

  succeeded(call: BoardCallName): void {
    const before = this.#faults.get(call);
    if (before === undefined) return;
    this.#faults.delete(call);
    this.#parts.journal.note('info', 'board answers again', { call, failures: before.times });
  }

  view(): Readonly<Record<string, BoardFault>> {
    return Object.fromEntries(this.#faults);
  }
}
