import type { Clock } from '../../base/clock.ts';
import { codeOf, explain } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { BoardEvidence } from '../events.ts';
import { MachineCrashed } from '../kernel/machine-crashed.ts';
import {
  exitSafeMode,
  isBug,
  markQuarantined,
  type Runs,
  type RunsFile,
  recordCrash,
  recordFailure,
  startRun,
} from './crashes.ts';
import { noHost } from './host.ts';
import type { Mode } from './mode.ts';
import { type SafeReport, safeReport } from './safe-mode.ts';

/** One run of the agent's process; its start and its end are recorded. */
export interface AgentRun extends Disposable {
  readonly mode: Mode;
  /** Resolves when safe mode is over: by its time or by request. Never in a normal run. */
  readonly over: Promise<void>;
  /** The first lines of `pilotfish status` in safe mode. `wallMs` is now, by the best clock available. */
  safeMode(wallMs: number): SafeReport | undefined;
  /** Ends safe mode now. Throws `not-in-safe-mode`. */
  exitSafeMode(): void;
  /** The agent has started: the quarantine is done. */
  ready(): void;
  /**
   * The start failed. A bug counts as a crash; an expected failure, such as a full store, is logged and not counted.
   */
  failed(error: unknown): void;
  /** It ends because of a bug: the log has the stack. */
  crashed(error: unknown): void;
  /** It ends cleanly. After `safe-mode-over` the next run is normal; otherwise the record starts anew. */
  ended(how: 'stopped' | 'board-gone' | 'safe-mode-over'): void;
}

export interface AgentRunParts {
  readonly file: RunsFile;
  readonly board: BoardEvidence;
  readonly clock: Pick<Clock, 'after' | 'monoMs'>;
  readonly log: Log;
}

/** Starts a run; the record of the previous runs decides its mode. */
export function beginRun({ file, board, clock, log }: AgentRunParts): AgentRun {
  const nowMs = () => Math.round(clock.monoMs());
  let runs = startRun(file.read(), {
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
    become(recordCrash(runs, error, nowMs()));
  };
  return {
    mode: { isSafe: safe !== null, suspect: safe?.because.machine ?? null, quarantine },
    over,
    safeMode: (wallMs) =>
      safe === null ? undefined : safeReport(safe, { nowMs: nowMs(), wallMs }),
    exitSafeMode() {
      if (safe === null) return noHost.exitSafeMode();
      resolve();
    },
    ready: () => become(runs.quarantine === null ? runs : markQuarantined(runs)),
    failed: (error) => (isBug(error) ? crashed(error) : become(recordFailure(runs))),
    crashed,
    ended(how) {
      if (how === 'safe-mode-over') return become(exitSafeMode(runs, nowMs()));
      // Failures during shutdown are not counted as crashes.
      runs = recordFailure(runs);
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
