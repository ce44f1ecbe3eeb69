import { codeOf, explain, PilotfishError } from '../../base/errors.ts';
import type { Journal, Time } from '../kernel/ports.ts';
import type { Read } from './answers.ts';
import { BoardFaults } from './faults.ts';
import { type BoardCallName, boardCalls, unansweredMax } from './limits.ts';
import { Places } from './places.ts';

export interface CallParts {
  readonly time: Pick<Time, 'now' | 'after'>;
  readonly journal: Journal;
}

/** Stops and restarts the deadline of a call while the board is not the cause of the delay. */
export interface Deadline {
  pause(): void;
  resume(): void;
}

type Work = (signal: AbortSignal, deadline: Deadline) => Promise<unknown>;

/** Errors that are regular answers (no, or nothing there): the board works. */
const answers = ['refused', 'gone', 'mismatch'];

/**
 * Makes every call to the board. A call has a deadline, after which it fails with `unavailable` and a late answer is
 * dropped. Its capability has a bound on unanswered calls (`places.ts`), above which a call fails at once with
 * `unavailable`. An answer is validated before it is used: an invalid one is `bad-answer`, with the method, the field
 * and what was expected.
 */
export class BoardCalls {
  readonly faults: BoardFaults;
  readonly #parts: CallParts;
  readonly #places = new Places();

  constructor(parts: CallParts) {
    this.#parts = parts;
    this.faults = new BoardFaults(parts);
  }

  unanswered(): Readonly<Record<string, number>> {
    return this.#places.view();
  }

  /** Rejects with the board's own error, `unavailable`, `bad-answer`, or the signal's reason. */
  async call<T>(
    name: BoardCallName,
    signal: AbortSignal,
    work: Work,
    read: (answer: unknown) => Read<T | undefined>,
  ): Promise<T> {
    let answer: unknown;
    try {
      answer = await this.#call(name, signal, work);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const code = codeOf(error);
      if (answers.includes(code)) this.faults.succeeded(name);
      else this.faults.failed(name, code, explain(error));
      throw error;
    }
    const { value, faults } = read(answer);
    if (faults.length === 0) this.faults.succeeded(name);
    else this.faults.failed(name, 'bad-answer', faults.join('; '));
    if (value === undefined) throw new PilotfishError('bad-answer', faults.join('; '));
    return value;
  }

  #call(name: BoardCallName, signal: AbortSignal, work: Work): Promise<unknown> {
    const { capability, deadlineMs } = boardCalls[name];
    const { time, journal } = this.#parts;
    const place = this.#places.take(capability, time.now().monoMs);
    if (place === undefined) {
      journal.count('board-call-not-made', name);
      const most = unansweredMax[capability];
      const what = `the board has left ${most} calls of ${capability} unanswered`;
      return Promise.reject(new PilotfishError('unavailable', `${name}: ${what}`));
    }
    return new Promise((resolve, reject) => {
      const adapter = new AbortController();
      let cancel = (): void => {};
      let isOver = false;
      const end = (settle: () => void): void => {
        if (isOver) return;
        isOver = true;
        cancel();
        signal.removeEventListener('abort', abort);
        settle();
      };
      const giveUp = (error: unknown): void => {
        end(() => reject(error));
        // The message is built only on request: an installer must stop at once.
        if (name === 'installer.install') adapter.abort(error);
        this.#places.giveUp(capability, place, time.now().monoMs, () => adapter.abort(error));
      };
      const abort = (): void => giveUp(signal.reason);
      const late = (): void => {
        const seconds = deadlineMs / 1000;
        giveUp(new PilotfishError('unavailable', `${name}: no answer within ${seconds} s`));
      };
      const deadline: Deadline = {
        pause: () => cancel(),
        resume() {
          cancel();
          if (!isOver) cancel = time.after(deadlineMs, late);
        },
      };
      const answered = (settle: () => void): void => {
        this.#places.answered(capability, place);
        if (isOver && !adapter.signal.aborted) journal.count('late-answer', name);
        end(settle);
      };
      if (signal.aborted) {
        this.#places.answered(capability, place);
        return reject(signal.reason);
      }
      signal.addEventListener('abort', abort, { once: true });
      deadline.resume();
      callSafely(() => work(adapter.signal, deadline)).then(
        (answer) => answered(() => resolve(answer)),
        (error: unknown) => answered(() => reject(error)),
      );
    });
  }
}

/** Converts a synchronous exception of a method to a rejection. */
function callSafely(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(error);
  }
}
