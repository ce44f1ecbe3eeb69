import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll } from 'vitest';
import { createLink, type LinkOptions } from '../../agent/io/mqtt.ts';
import { connectGapMs } from '../../agent/link/backoff.ts';
import { provisionedFiles } from '../simulation/world/factory.ts';
import { robot, startMs, World } from '../simulation/world/world.ts';
import { startHostile } from '../support/agent-hostile.ts';
import { attempt, linkOptions, robotOf } from '../support/agent-mqtt.ts';
import { mintCa } from '../support/cloud-pki.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';
import { type LinkSubject, linkContract } from './link.suite.ts';

let cloud: TestStub;
let serverCa = '';
beforeAll(async () => {
  cloud = await startTestStub();
  serverCa = await readFile(cloud.stub.ready.serverCa, 'utf8');
});
afterAll(() => cloud[Symbol.asyncDispose]());

let robots = 0;
const topicsOf = (name: string) => ({
  requestTopic: `$aws/things/${name}/shadow/get`,
  ownTopic: `$aws/things/${name}/shadow/update/accepted`,
});

linkContract("the robot's own, to the stub's broker", {
  async open(): Promise<LinkSubject> {
    const identity = await cloud.mint(`L${++robots}`);
    const { name } = identity;
    const options = linkOptions(cloud.stub.ready.mqtt.port, identity, serverCa);
    // The first contact registers the robot.
    await attempt(options).observation;
    const others: AbortController[] = [];
    return {
      link: createLink(options),
      ...topicsOf(name),
      endSeen: () => cloud.stub.cloud.rows.get('presence', name)?.reason ?? null,
      takeOver: () => void others.push(attempt(options).stop),
      pause: async () => {},
      until,
      async [Symbol.asyncDispose]() {
        for (const stop of others) stop.abort();
      },
    };
  },
  async openMute(): Promise<LinkSubject> {
    const ca = await mintCa();
    const identity = await robotOf(ca);
    let connects = 0;
    const broker = await startHostile(ca, {
      onPacket: (_socket, { type }) => {
        if (type === 1) connects++;
      },
    });
    const change: Partial<LinkOptions> = { connectMs: 1000 };
    return {
      link: createLink(linkOptions(broker.port, identity, ca.certificatePem, change)),
      ...topicsOf(identity.name),
      endSeen: () => (connects > 0 ? null : 'never connected'),
      takeOver: () => {},
      pause: async () => {},
      until,
      [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
    };
  },
});

async function inWorld(mute: number): Promise<LinkSubject> {
  const files = await provisionedFiles(robot, startMs);
  const world = new World({ seed: 1, files, renewal: undefined, trace: undefined });
  const { clock, network } = world;
  network.line.weather.mute = mute;
  return {
    link: network.link(() => true, false),
    ...topicsOf(robot),
    endSeen: () => {
      const presence = world.cloud.operator.get('presence', robot);
      return presence === undefined ? 'never connected' : (presence.reason ?? null);
    },
    takeOver: () => void network.takeOver(),
    pause: () => clock.runUntil(clock.nowMs + connectGapMs),
    async until(isSo) {
      const endMs = clock.nowMs + 600_000;
      while (!isSo()) {
        if (clock.isStopped || clock.nowMs > endMs)
          throw new Error(`not within ten minutes: ${String(isSo)}`);
        await clock.runUntil(clock.nowMs + 10);
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}

linkContract("the simulated world's", { open: () => inWorld(0), openMute: () => inWorld(1) });
