import { codeOf, explain, PilotfishError } from '../../base/errors.ts';
import { MachineCrashed } from '../kernel/machine-crashed.ts';

/**
 * Theory of operation. An agent that crashes is started again by its supervisor. One that crashes at every start would
 * cut its robot off for good, so what happened to the lives before is written down, and three crashes within five
 * minutes on a confirmed slot bring *safe mode*: only the machines that a repair over the air needs.
 *
 *     normal --third crash in 5 min--> safe (1 h) --its time, or the operator--> normal --three more--> safe (2 h) ...
 *
 * A life is open from its start until it ends cleanly or a crash is named; one that is found open was ended by what
 * nobody could name (SIGKILL, out of memory, the watchdog). Only crashes of one boot of the board count: a power cut is
 * no crash, and an owner who pulls the plug wants a try now. On a slot on trial there is no safe mode: the board's
 * attempts end, and it falls back. If safe mode does not come up either, the board leaves the slot (decision 0019). Times
 * are ms on the clock that all processes of a boot share.
 */

/** `null`: nobody knows. */
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
  /** The newest crash of those that brought it; its machine is the suspect. */
  readonly because: Crash;
}

/** All that is known of the lives before, and of this one. */
export interface Runs {
  readonly v: 1;
  readonly bootId: string | null;
  /** A life has begun, and nobody has told of its end. */
  readonly isOpen: boolean;
  /** Oldest first, at most three. */
  readonly crashes: readonly Crash[];
  readonly safe: SafeMode | null;
  /** A machine whose stored values have still to be quarantined. */
  readonly quarantine: string | null;
  /** Safe modes in a row, and when the newest ended. */
  readonly safeModes: number;
  readonly safeEndedMs: number | null;
}

/** Where they are written down. None of it throws: without the file there is no safe mode, that is all. */
export interface RunsFile {
  /** `undefined`: there is none, or it cannot be read; the latter is counted. */
  read(): Runs | undefined;
  write(runs: Runs): void;
  remove(): void;
}

/** A start of the agent. `null`: the board did not say. */
export interface Start {
  readonly bootId: string | null;
  readonly isOnTrial: boolean | null;
  readonly nowMs: number;
}

export const crashesMax = 3;
const windowMs = 5 * 60_000;
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

/** A life begins: normal, or in safe mode when the answer's `safe` says so. */
export function begin(before: Runs | undefined, start: Start): Runs {
  const runs = { ...found(before, start), isOpen: true };
  if (start.isOnTrial) return { ...runs, safe: null, quarantine: null };
  const running = runs.safe !== null && start.nowMs >= runs.safe.untilMs ? left(runs) : runs;
  if (running.crashes.length < crashesMax) return running;
  // Nothing falls back from a slot that is confirmed; of one that nobody knows about, that cannot be said.
  if (running.safe === null && start.isOnTrial === null) return running;
  return safely(running, start.nowMs);
}

/** This life has ended by a crash. Named once: what comes after is its consequence. */
export function crash(runs: Runs, error: unknown, nowMs: number): Runs {
  if (!runs.isOpen) return runs;
  const named = error instanceof MachineCrashed ? error : { machine: null, event: null };
  const { machine, event } = named;
  const text = explain(error instanceof MachineCrashed ? (error.cause ?? error) : error);
  const what = { atMs: nowMs, machine, event, error: text.slice(0, errorCharsMax) };
  return { ...runs, isOpen: false, crashes: recent([...runs.crashes, what], nowMs) };
}

/** Ended by a failure that has a name and is no bug, such as a full store: told, and no crash. */
export const fail = (runs: Runs): Runs => ({ ...runs, isOpen: false });

/** Whether what was thrown is a bug of ours; expected failures have a code of ours. */
export const isBug = (error: unknown): boolean =>
  !(error instanceof PilotfishError) || codeOf(error) === 'machine-crashed';

/** What had to be quarantined has been. */
export const moved = (runs: Runs): Runs => ({ ...runs, quarantine: null });

/** Safe mode is over: the next life is a normal one. */
export function exitSafeMode(runs: Runs, nowMs: number): Runs {
  return { ...left(runs), isOpen: false, safeEndedMs: nowMs };
}

const left = (runs: Runs): Runs => ({
  ...runs,
  crashes: [],
  safe: null,
  quarantine: null,
  safeEndedMs: runs.safe?.untilMs ?? runs.safeEndedMs,
});

/** What the last life left behind in this boot of the board. */
function found(before: Runs | undefined, { bootId, nowMs }: Start): Runs {
  const fresh = { ...noRuns, bootId };
  if (before === undefined) return fresh;
  const isOtherBoot = bootId !== null && before.bootId !== null && bootId !== before.bootId;
  const { sinceMs, untilMs } = before.safe ?? { sinceMs: 0, untilMs: 0 };
  // No safe mode ends later than a day from now; nor could the runtime's timers wait for more than 25.
  const times = [...before.crashes.map(({ atMs }) => atMs), sinceMs, untilMs - safeMsMax];
  if (isOtherBoot || times.some((ms) => ms > nowMs)) return fresh;
  const unnamed = { atMs: nowMs, machine: null, event: null, error: null };
  const crashes = before.isOpen ? [...before.crashes, unnamed] : before.crashes;
  return { ...before, bootId: bootId ?? before.bootId, crashes: recent(crashes, nowMs) };
}

const recent = (crashes: readonly Crash[], nowMs: number): Crash[] =>
  crashes.filter(({ atMs }) => nowMs - atMs < windowMs).slice(-crashesMax);

/** Into safe mode; or, when it crashes even there, on with it, and one suspect more. */
function safely(runs: Runs, nowMs: number): Runs {
  const because = blamed(runs.crashes);
  const counted = { ...runs, crashes: [], quarantine: because.machine ?? runs.quarantine };
  if (runs.safe !== null) {
    return because.machine === null ? counted : { ...counted, safe: { ...runs.safe, because } };
  }
  const isLongAgo = runs.safeEndedMs === null || nowMs - runs.safeEndedMs > safeMsMax;
  const safeModes = isLongAgo ? 1 : runs.safeModes + 1;
  const untilMs = nowMs + Math.min(safeMsMax, safeMs * 2 ** Math.min(safeModes - 1, 10));
  return { ...counted, safeModes, safe: { sinceMs: nowMs, untilMs, because } };
}

/** The newest crash of the machine that most of them name; else the newest, and no machine is suspected. */
function blamed(crashes: readonly Crash[]): Crash {
  const byMost = crashes.findLast(
    ({ machine }) =>
      machine !== null &&
      crashes.filter((other) => other.machine === machine).length > crashes.length / 2,
  );
  const newest = crashes.findLast(({ error }) => error !== null) ?? crashes.at(-1);
  return byMost ?? { atMs: 0, event: null, error: null, ...newest, machine: null };
}
