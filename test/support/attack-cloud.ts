import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { connectOperator, type OperatorClient } from '../../cloud-stub/operator-client.ts';
import type { Ready } from '../../cloud-stub/running.ts';
import { connectRobot, type RobotClient } from './cloud-client.ts';
import { mintCa, mintRobot } from './cloud-pki.ts';
import { type CloudProcess, runCloudWith } from './cloud-process.ts';
import { until } from './cloud-until.ts';
import { epoch, missionDocument } from './cloud-world.ts';

const waitMsMax = 120_000;

/** A cloud stub that is attacked, as a process with few descriptors, and a robot beside the attackers. */
export interface AttackedCloud extends AsyncDisposable {
  readonly process: CloudProcess;
  readonly ready: Ready;
  readonly operator: OperatorClient;
  readonly neighbour: Neighbour;
  /** Connects another robot, once: an attempt that fails is not repeated. */
  enter(name: string): Promise<RobotClient>;
}

export interface Neighbour {
  /** Reports one mission more, once; resolves when the cloud has confirmed it. */
  reportMission(): Promise<void>;
  /** Whether its first connection still stands. */
  readonly isConnected: boolean;
}

export async function startAttackedCloud(descriptors: number): Promise<AttackedCloud> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'attacked-cloud-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const ca = await mintCa();
  const caPath = join(folder, 'robots-ca.crt');
  await writeFile(caPath, ca.certificatePem);
  const dir = join(folder, 'cloud');
  const child = started.use(runCloudWith(descriptors, 'serve', '--dir', dir, '--ca', caPath));
  const ready = await child.ready();
  const operator = started.use(await connectOperator(ready, systemClock));
  const enter = async (name: string) => {
    const identity = await mintRobot(ca, name);
    // The first contact registers it.
    await (await connectRobot(ready, identity))[Symbol.asyncDispose]();
    return connectRobot(ready, identity);
  };
  const neighbour = await createNeighbour(started.use(await enter('NEIGHBOUR')), 'NEIGHBOUR');
  const running = started.move();
  return {
    ...{ process: child, ready, operator, neighbour, enter },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function createNeighbour(robot: RobotClient, name: string): Promise<Neighbour> {
  await robot.subscribe(`robots/${name}/down/#`);
  let missions = 0;
  const accepted = () =>
    robot.messages.filter(([topic]) => topic === `robots/${name}/down/missions/report/accepted`);
  return {
    async reportMission() {
      missions += 1;
      const reports = [missionDocument({ missionId: `${epoch}-${missions}`, ended: true })];
      robot.publish(`robots/${name}/up/missions/report`, { v: 1, reports });
      // Attackers and attacked share a machine: only a report that is lost may fail this.
      await until(() => accepted().length === missions, waitMsMax);
    },
    get isConnected() {
      return !robot.closed;
    },
  };
}
