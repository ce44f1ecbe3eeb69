import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRobot } from '../support/cloud-client.ts';
import type { Identity } from '../support/cloud-pki.ts';
import { openRaw, type RawConnection, subscribePacket, willPacket } from '../support/cloud-raw.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';

/** A last will is taken whenever its connection had its CONNACK, however soon after that it broke. */

let world: TestStub;
beforeAll(async () => {
  world = await startTestStub();
});
afterAll(() => world[Symbol.asyncDispose]());

async function mintKnown(name: string): Promise<Identity> {
  const identity = await world.mint(name);
  // The first contact registers it.
  await (await connectRobot(world.stub.ready, identity))[Symbol.asyncDispose]();
  return identity;
}

const topicOf = (robot: string) => `$aws/things/${robot}/shadow/update`;
const reported = (robot: string) => world.stub.cloud.rows.get('shadows', robot)?.reported;

/** Connects with a will that reports `at`, and has its CONNACK. */
async function enterWithWill(identity: Identity, at: number): Promise<RawConnection> {
  const connection = await openRaw(world.stub.ready, identity);
  const will = { topic: topicOf(identity.name), body: { state: { reported: { at } } } };
  expect(await connection.send(willPacket(identity.name, will))).toBe(0);
  return connection;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each([
  ['without a subscription', false],
  ['with a subscription', true],
])('a robot %s', (_name, subscribes) => {
  it.each([
    ['reset', 0],
    ['reset', 1],
    ['reset', 20],
    ['end', 0],
    ['end', 5],
  ] as const)('publishes its will by a %s %d ms after CONNACK', async (how, afterMs) => {
    const identity = await mintKnown(`WILL-${how}-${afterMs}-${subscribes}`);
    const connection = await enterWithWill(identity, afterMs);
    if (subscribes) connection.socket.write(subscribePacket(`robots/${identity.name}/down/#`));
    await pause(afterMs);
    if (how === 'reset') connection.socket.destroy();
    else connection.socket.end();
    await until(() => reported(identity.name) !== undefined);
    expect(reported(identity.name)).toEqual({ at: afterMs });
  });
});

it.each([
  ['CONNECT', (_robot: string) => Buffer.alloc(0)],
  ['CONNECT and SUBSCRIBE', (robot: string) => subscribePacket(`robots/${robot}/down/#`)],
])("a robot's will is published when it ends right after %s, before CONNACK", async (...row) => {
  const [name, more] = row;
  const identity = await mintKnown(`WILL-${name.replaceAll(' ', '-')}`);
  const { name: robot } = identity;
  const { socket } = await openRaw(world.stub.ready, identity);
  const will = willPacket(robot, {
    topic: topicOf(robot),
    body: { state: { reported: { at: 0 } } },
  });
  socket.end(Buffer.concat([will, more(robot)]));
  await until(() => reported(robot) !== undefined);
  expect(reported(robot)).toEqual({ at: 0 });
});

it("a robot's older will is published when it connects a second time", async () => {
  const identity = await mintKnown('WILL-TWICE');
  const first = await enterWithWill(identity, 1);
  first.socket.write(subscribePacket('robots/WILL-TWICE/down/#'));
  const second = await enterWithWill(identity, 2);
  await until(() => reported('WILL-TWICE') !== undefined);
  expect(reported('WILL-TWICE')).toEqual({ at: 1 });
  second.socket.destroy();
  await until(() => (reported('WILL-TWICE') as { at: number }).at === 2);
});

it("a blocked robot's will is not published", async () => {
  const identity = await mintKnown('WILL-BLOCKED');
  const connection = await enterWithWill(identity, 1);
  connection.socket.write(subscribePacket('robots/WILL-BLOCKED/down/#'));
  await world.operator.updateCertificate(identity.certificateId, 'REVOKED');
  await connection.untilClosed();
  // Another robot's will is taken after it, so that its own would be there by now.
  const other = await mintKnown('WILL-OTHER');
  (await enterWithWill(other, 1)).socket.destroy();
  await until(() => reported('WILL-OTHER') !== undefined);
  expect(reported('WILL-BLOCKED')).toBeUndefined();
});

it("a robot's will is not published after DISCONNECT", async () => {
  const identity = await mintKnown('WILL-POLITE');
  const connection = await enterWithWill(identity, 1);
  // MQTT 3.1.1 section 3.14: DISCONNECT.
  connection.socket.end(Buffer.from([0xe0, 0]));
  await connection.untilClosed();
  const other = await mintKnown('WILL-AFTER');
  (await enterWithWill(other, 1)).socket.destroy();
  await until(() => reported('WILL-AFTER') !== undefined);
  expect(reported('WILL-POLITE')).toBeUndefined();
});
