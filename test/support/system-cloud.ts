import { join } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { connectOperator, type OperatorClient } from '../../cloud-stub/operator-client.ts';
import type { Ready } from '../../cloud-stub/running.ts';
import type { World } from '../../tools/demo/world.ts';
import type { Part } from './system-part.ts';
import type { Wait } from './system-wait.ts';

/** The cloud stub as a process. */
export interface CloudUnderTest {
  readonly ready: Ready;
  /** The operator's hand on the cloud; of use while it runs. */
  readonly operator: OperatorClient;
  /** Starts it again, on the folder and the ports that it had. */
  start(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Resolves when it has ended, whoever has ended it. */
  untilEnded(): Promise<void>;
}

/** Starts the cloud on free ports. */
export async function startCloud(
  world: World,
  { part, until }: { part: Part; until: Wait },
): Promise<CloudUnderTest> {
  const { places, programs } = world;
  const args = ['serve', '--dir', places.cloud, '--ca', join(places.factory, 'ca.crt')];
  const ready = (await part.start(programs.cloudStub, args)) as unknown as Ready;
  const { mqtt, https } = ready;
  const ports = ['--mqtt-port', `${mqtt.port}`, '--https-port', new URL(https.url).port];
  return {
    ready,
    operator: await connectOperator(ready, systemClock),
    start: async () => void (await part.start(programs.cloudStub, [...args, ...ports])),
    kill: part.kill,
    stop: part.stop,
    untilEnded: async () =>
      void (await until('the cloud to end', async () => part.hasFallen || undefined)),
  };
}
