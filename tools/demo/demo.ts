import { systemClock } from '../../base/clock.ts';
import { holdPlaces } from './places.ts';
import { createProcesses } from './processes.ts';
import { type Outcome, runStep, untilEnded } from './run-step.ts';
import type { Screen } from './screen.ts';
import { type CloudUp, startCloud } from './steps/cloud.ts';
import { firstContact } from './steps/contact.ts';
import { cutTheLink } from './steps/cut.ts';
import { giveIdentity } from './steps/identity.ts';
import { findMap } from './steps/map.ts';
import { beginMission } from './steps/mission.ts';
import { changeSettings } from './steps/settings.ts';
import { sumUp } from './steps/summary.ts';
import { updateTwice } from './steps/update.ts';
import { closingText, exploreText, pathText } from './words.ts';
import { checkAgent, type DemoOptions, programsOf, robotId, type World } from './world.ts';

export interface DemoPorts {
  readonly screen: Screen;
  /** Aborted when the demo is stopped. */
  readonly signal: AbortSignal;
  /** The id of this process. */
  readonly pid: number;
  /** Arranges for `work` to be done when this process ends, however it ends. */
  readonly atExit: (work: () => void) => void;
}

/**
 * Runs the demo and returns the exit code. Throws `demo-failed` with the step and what was expected, `demo-stopped` with
 * the step in which it was stopped, `usage` and `demo-running` when the folder cannot be used. All processes have
 * ended when it returns or throws.
 */
export async function runDemo(options: DemoOptions, ports: DemoPorts): Promise<number> {
  await checkAgent(options);
  const { isFresh } = options;
  using places = await holdPlaces(options.dir, { isFresh, pid: ports.pid, signal: ports.signal });
  await using processes = createProcesses(places.logs, ports.signal);
  ports.atExit(() => processes.killNow());
  const signal = AbortSignal.any([ports.signal, processes.fallen]);
  const { screen } = ports;
  const programs = programsOf(options.agent);
  const world: World = { options, robot: robotId, places, programs, processes, screen, signal };
  screen.opening(`Pilotfish demo, in ${pathText(places.dir)}`);
  await using opened = new AsyncDisposableStack();
  const { cloud, ms } = await runSteps(world, opened);
  screen.closing(closingText(world, ms), { demo: 'done', ok: true, ms });
  if (!options.staysUp) return 0;
  screen.closing(exploreText(world, cloud), { demo: 'staying', ...cloud.ready });
  await untilEnded(world);
  return 0;
}

/** The steps in their order, each with what it needs from earlier ones. */
async function runSteps(
  world: World,
  opened: AsyncDisposableStack,
): Promise<{ cloud: CloudUp; ms: number }> {
  const begunMs = systemClock.monoMs();
  const elapsedMs = () => Math.round(systemClock.monoMs() - begunMs);
  let number = 0;
  const step = <T extends Outcome>(title: string, work: () => Promise<T>): Promise<T> => {
    number += 1;
    return runStep(world, { number, title, work });
  };
  const identity = await step('The factory gives the robot its identity', () =>
    giveIdentity(world),
  );
  const cloud = await step('The cloud starts', () => startCloud(world, identity));
  opened.use(cloud.operator);
  await step('The board boots, and the robot calls its cloud', () =>
    firstContact(world, { identity, cloud }),
  );
  const begun = await step('A command from the cloud starts a mission', () =>
    beginMission(world, cloud),
  );
  const mission = await step('The link is cut, and the mission arrives all the same', () =>
    cutTheLink(world, { cloud, mission: begun }),
  );
  const map = await step('The map goes up', () => findMap(world, { cloud, mission }));
  await step('A setting changes', () => changeSettings(world, cloud));
  const updated = await step('An update is kept, another one is taken back', () =>
    updateTwice(world, cloud),
  );
  await step('The demo in figures', () => sumUp(world, { cloud, map, updated, elapsedMs }));
  return { cloud, ms: elapsedMs() };
}
