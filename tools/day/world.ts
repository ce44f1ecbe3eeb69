import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { usage } from '../../base/cli.ts';
import { writeFileDurable } from '../../base/files.ts';
import type { Places } from './places.ts';
import type { Processes, Program } from './processes.ts';
import type { Screen } from './screen.ts';

/** What the day is asked to be. */
export interface DayOptions {
  readonly dir: string;
  /** A ROS `map_server` YAML file; the board's own floor plan without. */
  readonly map: string | undefined;
  /** How many times as fast as the wall's the body's clock runs. */
  readonly speed: number;
  readonly seed: number;
  readonly isFresh: boolean;
  readonly staysUp: boolean;
  /** A packaged agent, in the place of the sources. */
  readonly agent: string | undefined;
}

/** What every step works with. */
export interface World {
  readonly options: DayOptions;
  readonly robot: string;
  readonly places: Places;
  readonly programs: Record<
    'factory' | 'cloudStub' | 'simBoard' | 'pilotfish' | 'firmware',
    Program
  >;
  readonly processes: Processes;
  readonly screen: Screen;
  /** Aborted when the day is to end: asked to stop, or a process has fallen. */
  readonly signal: AbortSignal;
}

/** The robot's serial number; one robot lives in one folder. */
export const robotId = 'PF-1001';

const project = join(import.meta.dirname, '..', '..');

/** The command lines, as anyone starts them; the agent's may be an executable of its own. */
export function programsOf(agent: string | undefined): World['programs'] {
  const launcher = (name: string): Program => ({
    name,
    command: join(project, 'launchers', name),
    args: [],
  });
  return {
    factory: launcher('factory'),
    cloudStub: launcher('cloud-stub'),
    simBoard: launcher('sim-board'),
    firmware: {
      name: 'firmware',
      command: process.execPath,
      args: [join(project, 'tools', 'firmware', 'main.ts')],
    },
    pilotfish:
      agent === undefined ? launcher('pilotfish') : { name: 'pilotfish', command: agent, args: [] },
  };
}

/** The folder of the launchers that `npm ci` has linked, for people to put into their PATH. */
export const commandsFolder = join(project, 'node_modules', '.bin');

/** Throws `usage` when the packaged agent is none. */
export async function checkAgent({ agent }: DayOptions): Promise<void> {
  if (agent !== undefined && !(await exists(agent, constants.X_OK))) {
    throw usage(`--agent (PILOTFISH_AGENT) is "${agent}", expected an executable file`);
  }
}

/** How to reach the cloud, as the agent's configuration says it. */
export interface CloudAddress {
  readonly host: string;
  readonly port: number;
  /** PEM file with the CA of the cloud's certificate. */
  readonly ca: string;
}

/**
 * Writes the agent's configuration. Everything that waits is set to wait shortly, because a whole day has to pass in less
 * than a minute.
 */
export async function writeAgentConfig(
  { places, robot }: Pick<World, 'places' | 'robot'>,
  { host, port, ca }: CloudAddress,
): Promise<void> {
  const config = {
    robot,
    dataDir: '.',
    cloudHost: host,
    cloudPort: port,
    cloudCa: ca,
    // The cloud's own CA signs renewals: the robot takes them from it because this names it.
    renewalIssuers: join(places.cloud, 'renewal', 'ca.crt'),
    firmwareKeys: join(places.firmware, 'firmware.pub'),
    keepAliveS: 10,
    progressS: 0.4,
    // The body lives faster than its robot: so does what it has to tell.
    lowPriorityPerMin: 600,
    retryS: 0.5,
    retrySMax: 2,
    healthS: 30,
  };
  await writeFileDurable(places.config, `${JSON.stringify(config, null, 2)}\n`);
}

/** Whether a file is there and can be read, or what else `mode` says. */
export const exists = (path: string, mode = constants.R_OK): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );
