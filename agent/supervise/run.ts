import type { Clock } from '../../base/clock.ts';
import { codeOf, explain } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { BoardEvidence } from '../events.ts';
import { MachineCrashed } from '../kernel/machine-crashed.ts';
import {
  begin,
  crash,
  exitSafeMode,
  fail,
  isBug,
  moved,
  type Runs,
  type RunsFile,
} from './crashes.ts';
import { noHost } from './host.ts';
import type { Mode } from './mode.ts';
import { type SafeReport, safeReport } from './safe-mode.ts';

/** One run of the agent's process, written down as it begins and as it ends. */
export interface AgentRun extends Disposable {
  readonly mode: Mode;
  /** Resolves when safe mode is over: by its time, or because it is left. Never in a normal life. */
  readonly over: Promise<void>;
  /** What `pilotfish status` begins with in safe mode. `wallMs` is now, by the best clock that there is. */
  safeMode(wallMs: number): SafeReport | undefined;
  /** Ends safe mode now. Throws `not-in-safe-mode`. */
  leaveSafeMode(): void;
  /** The agent is up: what had to be quarantined has been. */
  ready(): void;
  /** It did not come up. A bug is a crash; an expected failure, such as a full store, is told and not counted. */
  failed(error: unknown): void;
  /** It ends by a bug: the log has its stack. */
  crashed(error: unknown): void;
  /** It ends in good order. After `safe-mode-over` the next one is normal; else nothing that was before counts. */
  ended(how: 'stopped' | 'board-gone' | 'safe-mode-over'): void;
}

export interface AgentRunParts {
  readonly file: RunsFile;
  readonly board: BoardEvidence;
  readonly clock: Pick<Clock, 'after' | 'monoMs'>;
  readonly log: Log;
}

/** Begins a life: what is known of those before decides how it runs. */
export function beginRun({ file, board, clock, log }: AgentRunParts): AgentRun {
  const nowMs = () => Math.round(clock.monoMs());
  let runs = begin(file.read(), {
    bootId: board.system?.bootId ?? null,
    isOnTrial: board.boot?.onTrial ?? null,
    nowMs: nowMs(),
  });
  const become = (next: Runs) => {
    if (next !== runs) file.write(next);
    runs = next;
  };
  file.write(runs);
  const { safe, quarantine } = runs;
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const cancel = safe === null ? () => {} : clock.after(safe.untilMs - nowMs(), resolve);
  const crashed = (error: unknown) => {
    log.error(crashFields(error), explain(error));
    become(crash(runs, error, nowMs()));
  };
  return {
    mode: { isSafe: safe !== null, suspect: safe?.because.machine ?? null, quarantine },
    over,
    safeMode: (wallMs) =>
      safe === null ? undefined : safeReport(safe, { nowMs: nowMs(), wallMs }),
    leaveSafeMode() {
      if (safe === null) return noHost.leaveSafeMode();
      resolve();
    },
    ready: () => become(runs.quarantine === null ? runs : moved(runs)),
    failed: (error) => (isBug(error) ? crashed(error) : become(fail(runs))),
    crashed,
    ended(how) {
      if (how === 'safe-mode-over') return become(exitSafeMode(runs, nowMs()));
      // What still breaks while it goes is no crash any more.
      runs = fail(runs);
      file.remove();
    },
    [Symbol.dispose]: cancel,
  };
}

function crashFields(error: unknown) {
  const { machine, event } = error instanceof MachineCrashed ? error : {};
  const { cause = error } = error instanceof MachineCrashed ? error : {};
  return { code: codeOf(error), machine, event, stack: (cause as Error | undefined)?.stack };
}
