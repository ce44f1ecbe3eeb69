import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { usage } from '../../base/cli.ts';
import { writeFileDurable } from '../../base/files.ts';
import type { Places } from './places.ts';
import type { Processes, Program } from './processes.ts';
import type { Screen } from './screen.ts';

/** The demo's options. */
export interface DemoOptions {
  readonly dir: string;
  /** A ROS `map_server` YAML file; by default the board's own floor plan. */
  readonly map: string | undefined;
  /** The speed of the body's clock relative to the wall clock. */
  readonly speed: number;
  readonly seed: number;
  readonly isFresh: boolean;
  readonly staysUp: boolean;
  /** A packaged agent, in place of the sources. */
  readonly agent: string | undefined;
}

/** What every step works with. */
export interface World {
  readonly options: DemoOptions;
  readonly robot: string;
  readonly places: Places;
  readonly programs: Record<
    'factory' | 'cloudStub' | 'simBoard' | 'pilotfish' | 'firmware',
    Program
  >;
  readonly processes: Processes;
  readonly screen: Screen;
  /** Aborted when the demo is to end: on request, or because a process has crashed. */
  readonly signal: AbortSignal;
}

/** The robot's serial number; one folder holds one robot. */
export const robotId = 'PF-1001';

const project = join(import.meta.dirname, '..', '..');

/** The command lines as a user starts them; the agent's may be an executable of its own. */
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

/** The folder of the launchers that `npm ci` has linked, for users to put into their PATH. */
export const commandsFolder = join(project, 'node_modules', '.bin');

/** Throws `usage` when the given packaged agent cannot be run. */
export async function checkAgent({ agent }: DemoOptions): Promise<void> {
  if (agent !== undefined && !(await fileExists(agent, constants.X_OK))) {
    throw usage(`--agent (PILOTFISH_AGENT) is "${agent}", expected an executable file`);
  }
}

/** The cloud's address as in the agent's configuration. */
export interface CloudAddress {
  readonly host: string;
  readonly port: number;
  /** PEM file with the CA of the cloud's certificate. */
  readonly ca: string;
}

/** Writes the agent's configuration. All waiting times are short, because the whole demo takes less than a minute. */
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
    // The cloud's own CA signs renewals: the robot accepts them because this setting names it.
    renewalIssuers: join(places.cloud, 'renewal', 'ca.crt'),
    firmwareKeys: join(places.firmware, 'firmware.pub'),
    keepAliveS: 10,
    progressS: 0.4,
    // The body's clock is faster than its robot's, and so are the messages about it.
    lowPriorityPerMin: 600,
    retryS: 0.5,
    retrySMax: 2,
    healthS: 30,
  };
  await writeFileDurable(places.config, `${JSON.stringify(config, null, 2)}\n`);
}

/** Whether a file exists and is readable, or has the given `mode`. */
export const fileExists = (path: string, mode = constants.R_OK): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );
