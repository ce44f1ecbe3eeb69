import { codeOf, explain, PilotfishError } from '../../base/errors.ts';
import { MachineCrashed } from '../kernel/machine-crashed.ts';

/**
 * Theory of operation. The supervisor restarts an agent that crashes. An agent that crashes at every start would cut
 * its robot off for good. So the ends of the previous runs are recorded, and three crashes within five minutes on a
 * confirmed slot start *safe mode*: only the machines that a repair over the air needs.
 *
 *     normal --third crash in 5 min--> safe (1 h) --its time, or the operator--> normal --three more--> safe (2 h) ...
 *
 * A run is open from its start until it exits cleanly or a crash is recorded. A run that is found open was ended from
 * outside (SIGKILL, out of memory, the watchdog). Only crashes of one boot of the board count: a power cut is no crash,
 * and an owner who pulls the plug expects an immediate attempt. A slot on trial has no safe mode: the board's attempts
 * run out, and it falls back. If safe mode fails to start too, the board leaves the slot (decision 0019). Times are ms
 * on the clock that all processes of a boot share.
 */

/** `null`: unknown. */
export interface Crash {
  readonly atMs: number;
  readonly machine: string | null;
  readonly event: string | null;
  /** For people, one line. */
  readonly error: string | null;
}

export interface SafeMode {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** The newest of the crashes that started it; its machine is the suspect. */
  readonly because: Crash;
}

/** The record of the previous runs and of this one. */
export interface Runs {
  readonly v: 1;
  readonly bootId: string | null;
  /** A run has started, and its end is not recorded. */
  readonly isOpen: boolean;
  /** Oldest first, at most three. */
  readonly crashes: readonly Crash[];
  readonly safe: SafeMode | null;
  /** A machine whose stored values have still to be quarantined. */
  readonly quarantine: string | null;
  /** Consecutive safe modes, and when the newest ended. */
  readonly safeModes: number;
  readonly safeEndedMs: number | null;
}

/** Storage of the record. Nothing here throws: without the file there is no safe mode. */
export interface RunsFile {
  /** `undefined`: absent or unreadable; the latter is counted. */
  read(): Runs | undefined;
  write(runs: Runs): void;
  remove(): void;
}

/** A start of the agent. `null`: the board did not answer. */
export interface Start {
  readonly bootId: string | null;
  readonly isOnTrial: boolean | null;
  readonly nowMs: number;
}

export const crashesMax = 3;
/** Crashes that are further apart are no loop. */
export const crashWindowMs = 5 * 60_000;
const safeMs = 3_600_000;
const safeMsMax = 24 * safeMs;
const errorCharsMax = 300;

const noRuns: Runs = {
  v: 1,
  bootId: null,
  isOpen: false,
  crashes: [],
  safe: null,
  quarantine: null,
  safeModes: 0,
  safeEndedMs: null,
};

/** Starts a run: normal, or in safe mode when `safe` is set in the result. */
export function startRun(before: Runs | undefined, start: Start): Runs {
  const runs = { ...readPrevious(before, start), isOpen: true };
  if (start.isOnTrial) return { ...runs, safe: null, quarantine: null };
  const running =
    runs.safe !== null && start.nowMs >= runs.safe.untilMs ? clearSafeMode(runs) : runs;
  if (running.crashes.length < crashesMax) return running;
  // A confirmed slot never falls back; for an unknown slot that is not certain.
  if (running.safe === null && start.isOnTrial === null) return running;
  return enterSafeMode(running, start.nowMs);
}

/** Records that this run crashed. Only the first crash is recorded: later ones are its consequence. */
export function recordCrash(runs: Runs, error: unknown, nowMs: number): Runs {
  if (!runs.isOpen) return runs;
  const named = error instanceof MachineCrashed ? error : { machine: null, event: null };
  const { machine, event } = named;
  const text = explain(error instanceof MachineCrashed ? (error.cause ?? error) : error);
  const what = { atMs: nowMs, machine, event, error: text.slice(0, errorCharsMax) };
  return { ...runs, isOpen: false, crashes: recentCrashes([...runs.crashes, what], nowMs) };
}

/** Ended by an expected failure with a code, such as a full store: logged, and not counted as a crash. */
export const recordFailure = (runs: Runs): Runs => ({ ...runs, isOpen: false });

/** Whether the thrown value is a bug; expected failures have a code of ours. */
export const isBug = (error: unknown): boolean =>
  !(error instanceof PilotfishError) || codeOf(error) === 'machine-crashed';

/** The quarantine is done. */
export const markQuarantined = (runs: Runs): Runs => ({ ...runs, quarantine: null });

/** Safe mode is over: the next run is normal. */
export function exitSafeMode(runs: Runs, nowMs: number): Runs {
  return { ...clearSafeMode(runs), isOpen: false, safeEndedMs: nowMs };
}

const clearSafeMode = (runs: Runs): Runs => ({
  ...runs,
  crashes: [],
  safe: null,
  quarantine: null,
  safeEndedMs: runs.safe?.untilMs ?? runs.safeEndedMs,
});

/** The record that the previous run left in this boot of the board. */
function readPrevious(before: Runs | undefined, { bootId, nowMs }: Start): Runs {
  const fresh = { ...noRuns, bootId };
  if (before === undefined) return fresh;
  const isOtherBoot = bootId !== null && before.bootId !== null && bootId !== before.bootId;
  const { sinceMs, untilMs } = before.safe ?? { sinceMs: 0, untilMs: 0 };
  // No safe mode ends later than a day from now.
  const times = [...before.crashes.map(({ atMs }) => atMs), sinceMs, untilMs - safeMsMax];
  if (isOtherBoot || times.some((ms) => ms > nowMs)) return fresh;
  const unnamed = { atMs: nowMs, machine: null, event: null, error: null };
  const crashes = before.isOpen ? [...before.crashes, unnamed] : before.crashes;
  return { ...before, bootId: bootId ?? before.bootId, crashes: recentCrashes(crashes, nowMs) };
}

const recentCrashes = (crashes: readonly Crash[], nowMs: number): Crash[] =>
  crashes.filter(({ atMs }) => nowMs - atMs < crashWindowMs).slice(-crashesMax);

/** Enters safe mode. After crashes in safe mode it continues, and their machine becomes the suspect. */
function enterSafeMode(runs: Runs, nowMs: number): Runs {
  const because = blamedCrash(runs.crashes);
  const counted = { ...runs, crashes: [], quarantine: because.machine ?? runs.quarantine };
  if (runs.safe !== null) {
    return because.machine === null ? counted : { ...counted, safe: { ...runs.safe, because } };
  }
  const isLongAgo = runs.safeEndedMs === null || nowMs - runs.safeEndedMs > safeMsMax;
  const safeModes = isLongAgo ? 1 : runs.safeModes + 1;
  const untilMs = nowMs + Math.min(safeMsMax, safeMs * 2 ** Math.min(safeModes - 1, 10));
  return { ...counted, safeModes, safe: { sinceMs: nowMs, untilMs, because } };
}

/** The newest crash of the machine that most crashes name; otherwise the newest crash, without a suspect. */
function blamedCrash(crashes: readonly Crash[]): Crash {
  const byMost = crashes.findLast(
    ({ machine }) =>
      machine !== null &&
      crashes.filter((other) => other.machine === machine).length > crashes.length / 2,
  );
  const newest = crashes.findLast(({ error }) => error !== null) ?? crashes.at(-1);
  return byMost ?? { atMs: 0, event: null, error: null, ...newest, machine: null };
}
