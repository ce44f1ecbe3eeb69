import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callLocalApi } from '../../../agent/io/local.ts';
import type { Baseline, Cell } from './plan.ts';
import type { ClientKind } from './supervise.ts';

/** A client's configuration in its world: paths of files, and the port of its path to the broker. */
export interface ClientPlace {
  readonly cell: Cell;
  readonly robot: string;
  readonly dir: string;
  readonly port: number;
  readonly serverCa: string;
  readonly cert: string;
  readonly key: string;
  readonly bodySocket: string;
  readonly agentBundle: string;
  readonly firmwareKeys: string;
}

const program = fileURLToPath(new URL('../baselines/client.mjs', import.meta.url));

/**
 * The shortest keep-alive that all clients accept, where a dead connection has to be noticed; else the agent's own
 * default.
 */
const keepAliveOf = ({ link }: Cell): number => (link === 'black-hole' ? 5 : 60);

/**
 * The agent, with its defaults except for the longest backoff before a reconnect: the other clients always use one
 * second.
 */
export async function pilotfishKind(place: ClientPlace): Promise<ClientKind> {
  const { robot, dir, port, cell } = place;
  const config = join(dir, 'robot.json');
  const settings = {
    robot,
    dataDir: dir,
    cloudHost: 'localhost',
    cloudPort: port,
    cloudCa: place.serverCa,
    firmwareKeys: place.firmwareKeys,
    keepAliveS: keepAliveOf(cell),
    retrySMax: 2,
  };
  await writeFile(config, JSON.stringify(settings));
  const localApi = join(dir, 'run', 'agent.sock');
  const request = () =>
    callLocalApi(localApi, 'status').catch(() => ({})) as Promise<Partial<AgentStatus>>;
  return {
    command: [process.execPath, place.agentBundle, 'run', '--config', config],
    env: { PILOTFISH_BOARD: place.bodySocket },
    async hasTaken(ended) {
      const { missions } = await request();
      return missions !== undefined && missions.unconfirmed + missions.confirmed === ended;
    },
    async rest(_ask, ended) {
      const { link, missions, maps } = await request();
      const isReported =
        link?.state === 'up' && missions?.unconfirmed === 0 && missions.confirmed === ended;
      if (!isReported) return 'much';
      return maps?.kept === 0 ? 'nothing' : 'reported';
    },
  };
}

interface AgentStatus {
  readonly link: { readonly state: string };
  readonly missions: { readonly unconfirmed: number; readonly confirmed: number };
  readonly maps: { readonly kept: number };
}

type Other = Exclude<Baseline, 'pilotfish'>;
const libraries: Readonly<Record<Other, { library: string; qos: 0 | 1; batched: boolean }>> = {
  'mqttjs-qos1': { library: 'mqttjs', qos: 1, batched: false },
  'mqttjs-qos1-batched': { library: 'mqttjs', qos: 1, batched: true },
  'mqttjs-qos0': { library: 'mqttjs', qos: 0, batched: false },
  'aws-sdk-qos1': { library: 'aws-sdk', qos: 1, batched: false },
};

/** One of the other clients: an application of ours around its library. */
export async function otherKind(place: ClientPlace, baseline: Other): Promise<ClientKind> {
  const { robot, dir, port, cell, serverCa, cert, key } = place;
  await mkdir(dir, { recursive: true });
  const options = {
    ...{ robot, dir, port, cert, key, host: 'localhost', ca: serverCa, body: place.bodySocket },
    ...libraries[baseline],
    withMap: cell.shape === 'map',
    keepAliveS: keepAliveOf(cell),
  };
  return {
    command: [process.execPath, program, JSON.stringify(options)],
    env: {},
    async rest(request, ended) {
      const { connected, handed, waiting, maps } = (await request()) ?? {};
      if (connected !== true || handed !== ended || waiting !== 0) return 'much';
      return maps === 0 ? 'nothing' : 'reported';
    },
  };
}
