import { isoOf } from '../../protocol/time.ts';
import { type Crash, crashesMax, type SafeMode } from './crashes.ts';

/** The machines that do not run in safe mode. */
export const resting = ['missions', 'maps', 'commands', 'shadow'] as const;

/** What is reported of safe mode: to people, to programs, in the log. */
export interface SafeReport {
  readonly since: string;
  readonly until: string;
  readonly because: string;
  readonly machine: string | null;
  readonly event: string | null;
  readonly error: string | null;
  readonly off: readonly string[];
  readonly todo: string;
}

/** `nowMs` is the clock of the boot, `wallMs` the same moment by the best clock available. */
export function safeReport(
  { sinceMs, untilMs, because }: SafeMode,
  { nowMs, wallMs }: { nowMs: number; wallMs: number },
): SafeReport {
  const at = (ms: number) => isoOf(Math.round(wallMs - nowMs + ms));
  const { machine, event, error } = because;
  return {
    since: at(sinceMs),
    until: at(untilMs),
    because: describeCrash(because),
    ...{ machine, event, error },
    off: resting,
    todo:
      'Update the firmware: that works as ever, and the robot cleans on by itself. ' +
      'Then the agent runs with all its parts again, as it does when the time is over, ' +
      'or at once by pilotfish exit-safe-mode.',
  };
}

function describeCrash({ machine, event, error }: Crash): string {
  const who = machine ?? 'the agent';
  const why = error === null ? '' : ` (${event === null ? '' : `${event}: `}${error})`;
  const what = machine === null ? 'no machine can be named' : 'its stored state is in quarantine';
  return `${who} crashed ${crashesMax} times in five minutes${why}; ${what}`;
}
