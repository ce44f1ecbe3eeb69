import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callLocalApi } from '../../agent/io/local.ts';
import { systemClock } from '../../base/clock.ts';
import { connectOperator } from '../../cloud-stub/operator-client.ts';
import type { Ready } from '../../cloud-stub/running.ts';
import { placesIn } from '../../tools/demo/places.ts';
import { robotId, writeAgentConfig } from '../../tools/demo/world.ts';
import { type Mosquitto, startMosquitto } from './mosquitto.ts';
import { startBoard } from './system-board.ts';
import { silentDemo } from './system-demo.ts';
import { createPart } from './system-part.ts';
import { waitWith } from './system-wait.ts';
import type { RobotWorld, RobotWorldOptions, Status } from './system-world.ts';

/** A factory, Mosquitto, the cloud as its client, a board and the agent, each a process of its own, and connected. */
export interface MosquittoWorld extends RobotWorld {
  readonly mosquitto: Mosquitto;
}

export async function startMosquittoWorld(options: RobotWorldOptions): Promise<MosquittoWorld> {
  await using started = new AsyncDisposableStack();
  const dir = await mkdtemp('/tmp/pf-');
  started.defer(() => rm(dir, { recursive: true, force: true }));
  await cp(options.home, dir, { recursive: true, verbatimSymlinks: true });
  const places = placesIn(dir);
  const until = waitWith(places.logs);
  const mosquitto = started.use(
    await startMosquitto(join(dir, 'broker'), {
      ca: join(places.factory, 'ca.crt'),
      caKey: join(places.factory, 'private', 'ca.key'),
    }),
  );
  const cloudPart = started.use(createPart(places.logs));
  const boardPart = started.use(createPart(places.logs));

  const demo = silentDemo(places);
  const serve = serveArgs(places.cloud, mosquitto);
  const ready = (await cloudPart.start(demo.programs.cloudStub, serve)) as unknown as Ready;
  const operator = started.use(await connectOperator(ready, systemClock));
  const again = [...serve, '--https-port', new URL(ready.https.url).port];
  const cloud = {
    ready,
    operator,
    start: async () => void (await cloudPart.start(demo.programs.cloudStub, again)),
    kill: cloudPart.kill,
    stop: cloudPart.stop,
    untilEnded: async () =>
      void (await until('the cloud to end', async () => cloudPart.hasFallen || undefined)),
  };

  // The robot trusts two CAs: the broker's, and the object store's.
  const trusted = [await readFile(mosquitto.path('services-ca.crt'))];
  trusted.push(await readFile(ready.serverCa));
  const ca = join(places.robot, 'cloud-ca.crt');
  await writeFile(ca, trusted.join(''));
  await writeAgentConfig(demo, { ...ready.mqtt, ca });
  const config = JSON.parse(await readFile(places.config, 'utf8')) as object;
  const plain = { ...config, shadow: false, jobs: false, renewal: false };
  await writeFile(places.config, JSON.stringify(plain));

  const board = await startBoard(demo, { part: boardPart, until }, options);
  await until('a message of the robot', async () => {
    const { robots } = await operator.status();
    return robots.some(({ presence }) => presence?.state === 'connected') || undefined;
  });
  const localApi = join(places.robot, 'run', 'agent.sock');
  const running = started.move();
  return {
    ...{ places, robot: robotId, cloud, board, mosquitto, until },
    agentStatus: async () => (await callLocalApi(localApi, 'status')) as Status,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const serveArgs = (dir: string, { port, path }: Mosquitto): string[] => [
  ...['serve', '--dir', dir, '--broker', `mqtts://localhost:${port}`],
  ...['--broker-ca', path('services-ca.crt')],
  ...['--broker-cert', path('cloud.crt'), '--broker-key', path('cloud.key')],
];
