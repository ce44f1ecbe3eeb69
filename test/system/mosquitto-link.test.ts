import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLink, type LinkOptions } from '../../agent/io/mqtt.ts';
import { attempt, countingHandshakes, linkOptions } from '../support/agent-mqtt.ts';
import { type Identity, mintRobot } from '../support/cloud-pki.ts';
import { until } from '../support/cloud-until.ts';
import { cuttableWay } from '../support/cuttable-way.ts';
import { type MosquittoCloud, startMosquittoCloud } from '../support/mosquitto-cloud.ts';

// The robot's link against a broker that others wrote.

let world: MosquittoCloud;
let serverCa: string;
beforeAll(async () => {
  world = await startMosquittoCloud();
  serverCa = world.serverCa;
});
afterAll(() => world[Symbol.asyncDispose]());

let robots = 0;
const newRobot = (): Promise<Identity> => mintRobot(world.ca, `LINK-${++robots}`);
const optionsFor = (robot: Identity, change: Partial<LinkOptions> = {}): LinkOptions =>
  linkOptions(world.mosquitto.port, robot, serverCa, {
    subscriptions: [`robots/${robot.name}/down/#`],
    ...change,
  });

/** Connects, receives all that the server sends, and disconnects. */
async function visit(options: LinkOptions, link = createLink(options)) {
  const one = attempt(options, link);
  await one.untilUp();
  link.probe();
  await until(() => one.proofs === 1);
  one.stop.abort();
  await one.observation;
  return link;
}

describe('the link to Mosquitto', () => {
  it('resumes its TLS session from the second connection on', async () => {
    const { options, fullHandshakes } = countingHandshakes(optionsFor(await newRobot()));
    const link = await visit(options);
    await visit(options, link);
    await visit(options, link);
    expect(fullHandshakes()).toBe(1);
  });

  it('reports a publish as read when the next ping is answered', async () => {
    const robot = await newRobot();
    const one = attempt(optionsFor(robot));
    await one.untilUp();
    one.link.publish(
      `robots/${robot.name}/up/time`,
      Buffer.from('{"v":1,"token":"aaaaaaaaaaaaaaaa"}'),
    );
    one.link.probe();
    await until(() => one.proofs === 1);
    await until(() => one.received.some(([topic]) => topic.endsWith('/down/time')));
    one.stop.abort();
    await one.observation;
  });

  it('closes when the same robot connects a second time', async () => {
    const robot = await newRobot();
    const older = attempt(optionsFor(robot));
    await older.untilUp();
    const newer = attempt(optionsFor(robot));
    expect(await older.observation).toMatchObject({ kind: 'lost', code: 'closed' });
    await newer.untilUp();
    newer.stop.abort();
    await newer.observation;
  });

  it('has its will published when it is cut, and not after a clean disconnect', async () => {
    const way = await cuttableWay(world.mosquitto.port);
    const robot = await newRobot();
    const will = `robots/${robot.name}/up/gone`;
    const options = optionsFor(robot, { port: way.port, lastWill: will });
    await using cloud = await world.cloudClient();
    await cloud.subscribe('robots/+/up/gone');
    const countWills = () => cloud.messages.filter(([topic]) => topic === will).length;
    await visit(options);
    expect(countWills()).toBe(0);
    const one = attempt(options);
    await one.untilUp();
    way.cut();
    expect(await one.observation).toMatchObject({ kind: 'lost' });
    await until(() => countWills() === 1);
    way.close();
  });
});
