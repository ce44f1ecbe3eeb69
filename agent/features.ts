import { bodyEffects } from './body/effects.ts';
import { bodyMachine } from './body/machine.ts';
import { commandsEffects } from './commands/effects.ts';
import { commandsMachine } from './commands/machine.ts';
import type { AgentConfig } from './config.ts';
import { identityEffects } from './identity/effects.ts';
import { historyMachine } from './identity/history.ts';
import { identityMachine } from './identity/machine.ts';
import { identityRequests } from './identity/requests.ts';
import { type EffectsOf, joinTables, type LoopEffect } from './kernel/effects.ts';
import type { Machine } from './kernel/machine.ts';
import type { Services } from './kernel/requests.ts';
import { linkEffects } from './link/effects.ts';
import { linkMachine } from './link/machine.ts';
import { mapsEffects } from './maps/effects.ts';
import { mapsMachine } from './maps/machine.ts';
import { missionsMachine } from './missions/machine.ts';
import { missionsRequests } from './missions/requests.ts';
import { publishEffects } from './publish/effects.ts';
import type { RequestContext } from './request-context.ts';
import { shadowEffects } from './shadow/effects.ts';
import { shadowMachine } from './shadow/machine.ts';
import { normalMode } from './supervise/mode.ts';
import { superviseRequests } from './supervise/requests.ts';
import { resting } from './supervise/safe-mode.ts';
import { clockMachine } from './time/clock-floor.ts';
import { cloudTimeMachine } from './time/cloud-time.ts';
import { timeEffects } from './time/effects.ts';
import { updatesEffects } from './updates/effects.ts';
import { updatesMachine } from './updates/machine.ts';

/** All effects on the outside, beyond the loop's own. */
export const effects = joinTables(
  linkEffects,
  publishEffects,
  timeEffects,
  identityEffects,
  bodyEffects,
  mapsEffects,
  commandsEffects,
  shadowEffects,
  updatesEffects,
);

/** The feature that serves each request. */
export const services: Services<RequestContext> = {
  ...superviseRequests,
  ...missionsRequests,
  ...identityRequests,
};

/** Any feature's effect, or one of the loop's own. */
export type AgentEffect = EffectsUnion<typeof effects> | LoopEffect;
type EffectsUnion<Table> = Table extends unknown ? EffectsOf<Table> : never;

/** In the order in which they receive an event: time before its users, reports before what depends on them. */
export function machinesOf(config: AgentConfig, mode = normalMode): Machine[] {
  if (mode.isSafe) {
    // The shadow machine does not run: if jobs are not used either, no other service provides the time.
    const time = { ...config.time, enabled: !config.updates.enabled };
    const updates = { ...config.updates, safeMode: mode.suspect ?? 'unknown' };
    const needed = machinesOf({ ...config, time, updates });
    const isResting = ({ name }: Machine) => resting.some((one) => one === name);
    return needed.filter((machine) => !isResting(machine));
  }
  return [
    linkMachine(config.link),
    cloudTimeMachine(config.time),
    identityMachine(config.identity),
    clockMachine,
    historyMachine,
    bodyMachine(config.body),
    missionsMachine(config.missions),
    mapsMachine(config.maps),
    commandsMachine(config.commands),
    shadowMachine(config.shadow),
    updatesMachine(config.updates),
  ] as Machine[];
}
