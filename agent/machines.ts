import { commandsMachine } from './commands/machine.ts';
import type { AgentConfig } from './config.ts';
import { identityMachine } from './identity/machine.ts';
import { clockMachine } from './link/clock-floor.ts';
import { cloudTimeMachine } from './link/cloud-time.ts';
import { historyMachine } from './link/history.ts';
import { linkMachine } from './link/machine.ts';
import type { Machine } from './machine.ts';
import { mapsMachine } from './maps/machine.ts';
import { missionsMachine } from './missions/machine.ts';
import { shadowMachine } from './shadow/machine.ts';
import { updatesMachine } from './updates/machine.ts';
import { watchMachine } from './updates/watch.ts';

/** How an agent runs; what brings safe mode stands in `crashes.ts`. */
export interface Mode {
  /** Only what a repair over the air needs. */
  readonly isSafe: boolean;
  /** The machine whose crashes brought safe mode, if any can be named. */
  readonly suspect: string | null;
  /** A machine whose stored values have to be moved aside, so that it begins anew. */
  readonly aside: string | null;
}

export const whole: Mode = { isSafe: false, suspect: null, aside: null };

/** The machines that rest in safe mode. */
export const resting = ['missions', 'maps', 'commands', 'shadow'] as const;

/** In the order in which they hear an event: time before those who act on it, reports before what hangs on them. */
export function machinesOf(config: AgentConfig, mode = whole): Machine[] {
  if (mode.isSafe) {
    // The shadow rests: where no jobs are used either, nobody else tells the time.
    const time = { ...config.time, enabled: !config.updates.enabled };
    const updates = { ...config.updates, safeMode: mode.suspect ?? 'unknown' };
    const needed = machinesOf({ ...config, time, updates });
    const isResting = ({ name }: Machine) => resting.some((one) => one === name);
    return [...needed.filter((machine) => !isResting(machine)), watchMachine as Machine];
  }
  return [
    linkMachine(config.link),
    cloudTimeMachine(config.time),
    identityMachine(config.identity),
    clockMachine,
    historyMachine,
    missionsMachine(config.missions),
    mapsMachine(config.maps),
    commandsMachine(config.commands),
    shadowMachine(config.shadow),
    updatesMachine(config.updates),
  ] as Machine[];
}
