import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BridgeWorld, startBridgeWorld } from '../support/bridge-world.ts';
import { until } from '../support/cloud-until.ts';
import { missionDocument } from '../support/cloud-world.ts';
import { cloudName } from '../support/plain-broker.ts';

const reports = { v: 1, reports: [missionDocument({ ended: true })] };
const token = 'a'.repeat(16);
const asksTime = { v: 1, token };

let world: BridgeWorld;
beforeAll(async () => {
  world = await startBridgeWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const up = (name: string, channel: string) => `robots/${name}/up/${channel}`;
const down = (name: string, channel: string) => `robots/${name}/down/${channel}`;

describe('the cloud as a client of another broker', () => {
  it('prints in its ready line where robots find the broker', () => {
    expect(world.stub.ready.mqtt).toEqual({ host: 'localhost', port: world.broker.port });
  });

  it('stores and confirms a report, and creates the thing of its robot', async () => {
    await using robot = await world.robot('R1');
    expect(world.stub.cloud.rows.get('things', 'R1')).toBeUndefined();
    robot.publish(up('R1', 'missions/report'), reports);
    await robot.next(down('R1', 'missions/report/accepted'));
    expect(world.stub.cloud.rows.get('things', 'R1')).toBeDefined();
    expect(await world.operator.missions({ robot: 'R1' })).toMatchObject([{ status: 'ended' }]);
    const { robots, connections } = await world.operator.status();
    expect(robots).toMatchObject([{ robot: 'R1', presence: { state: 'connected' } }]);
    expect(connections).toBe(1);
  });

  it('answers a time request', async () => {
    await using robot = await world.robot('R2');
    const before = Date.now();
    robot.publish(up('R2', 'time'), asksTime);
    const answer = (await robot.next(down('R2', 'time'))) as { cloudMs: number };
    expect(answer).toMatchObject({ token });
    expect(answer.cloudMs).toBeGreaterThanOrEqual(before);
  });

  it("sends a command to a connected robot, and counts the robot's rejected messages", async () => {
    await using robot = await world.robot('R3');
    await expect(
      world.operator.sendCommand({ robot: 'R3', command: 'dock', lifeMs: 60_000 }),
    ).rejects.toThrow(/not found/);
    robot.publish(up('R3', 'nonsense'), {});
    await until(async () => (await world.operator.status()).robots.length === 3);
    await world.operator.sendCommand({ robot: 'R3', command: 'dock', lifeMs: 60_000, id: 'c1' });
    expect(await robot.next(down('R3', 'commands'))).toMatchObject({ id: 'c1', command: 'dock' });
    const { robots } = await world.operator.status();
    expect(robots.find(({ robot: name }) => name === 'R3')?.refusals).toEqual({ 'wrong-topic': 1 });
  });

  it('never receives its own messages, and publishes to robots only', () => {
    const own = world.broker.published.filter((line) => line.startsWith(cloudName));
    expect(own.length).toBeGreaterThan(2);
    for (const line of own) expect(line).toMatch(/^cloud\.pilotfish robots\/R\d\/down\//);
  });

  it('does not serve the reserved topics unless it is configured to', async () => {
    await using robot = await world.robot('R4');
    robot.publish('$aws/things/R4/shadow/get', {});
    robot.publish(up('R4', 'time'), asksTime);
    await robot.next(down('R4', 'time'));
    // It receives the time response and its own messages.
    const topics = robot.messages.map(([topic]) => topic);
    expect(topics).toEqual(['$aws/things/R4/shadow/get', down('R4', 'time')]);
  });

  it('accepts 100 messages in a second from one robot', async () => {
    await using robot = await world.robot('R5');
    const startMs = performance.now();
    const takenOf = async (name: string) => (await world.operator.meters())[name]?.messagesIn ?? 0;
    let sent = 0;
    const flood = () => {
      for (let i = 0; i < 1000; i++) robot.publish(up('R5', 'time'), asksTime);
      sent += 1000;
    };
    flood();
    await until(async () => {
      if (world.logged.includes('messages discarded')) return true;
      // A busy machine may have carried them so slowly that all were taken: then more of them.
      if ((await takenOf('R5')) >= sent) flood();
      return false;
    });
    await using other = await world.robot('R6');
    other.publish(up('R6', 'time'), asksTime);
    await other.next(down('R6', 'time'));
    const seconds = Math.ceil((performance.now() - startMs) / 1000) + 1;
    expect(await takenOf('R5')).toBeLessThanOrEqual(Math.min(sent - 1, 100 * seconds));
  });

  it('drops messages and connections when a fault is set', async () => {
    await using robot = await world.robot('R7');
    await world.operator.cut('R7', 3_600_000);
    robot.publish(up('R7', 'time'), asksTime);
    await using other = await world.robot('R8');
    other.publish(up('R8', 'time'), asksTime);
    await other.next(down('R8', 'time'));
    expect(world.stub.cloud.rows.get('things', 'R7')).toBeUndefined();
  });
});

it('drops messages in bounded memory when a broker does not read', async () => {
  await using own = await startBridgeWorld();
  await using robot = await own.robot('R1');
  own.broker.stall(cloudName);
  const topic = down('R1', 'commands');
  const send = (n: number) =>
    own.stub.broker.send([{ robot: 'R1', topic, payload: Buffer.alloc(100_000, `${n} `) }]);
  for (let n = 0; n < 600; n++) send(n);
  own.broker.read(cloudName);
  const numbers = () => robot.messages.map(([, body]) => Number.parseInt(String(body), 10));
  await until(() => {
    send(1000);
    return numbers().includes(1000);
  });
  const early = numbers().filter((n) => n < 1000);
  expect(early).toEqual(Array.from({ length: early.length }, (_, n) => n));
  expect(early.length).toBeGreaterThan(100);
  expect(early.length).toBeLessThan(300);
});

describe('a cloud whose broker is down', () => {
  it('drops what it would send, and delivers again when the broker is back', async () => {
    await using own = await startBridgeWorld();
    const connected = () => own.logged.filter((line) => line === 'connected to the broker').length;
    {
      await using robot = await own.robot('R1');
      robot.publish(up('R1', 'time'), asksTime);
      await robot.next(down('R1', 'time'));
      await own.broker.stop();
      await robot.untilClosed();
    }
    await until(() => own.logged.some((line) => line.startsWith('the broker was lost')));
    // Sent into the void: the robot is taken as connected.
    await own.operator.sendCommand({ robot: 'R1', command: 'dock', lifeMs: 60_000, id: 'c1' });
    expect((await own.operator.commands('R1'))[0]).toMatchObject({ status: 'sent', sends: 1 });
    await own.broker.resume();
    await using robot = await own.robot('R1');
    await until(() => connected() === 2);
    robot.publish(up('R1', 'missions/report'), reports);
    await robot.next(down('R1', 'missions/report/accepted'));
    // A time request marks a new connection, so the queued messages are sent.
    robot.publish(up('R1', 'time'), asksTime);
    expect(await robot.next(down('R1', 'commands'))).toMatchObject({ id: 'c1' });
  });

  it('receives a report when the robot repeats it', async () => {
    await using own = await startBridgeWorld();
    await using robot = await own.robot('R1');
    await own.stub[Symbol.asyncDispose]();
    robot.publish(up('R1', 'missions/report'), reports);
    await until(() => own.broker.published.includes(`R1 ${up('R1', 'missions/report')}`));
    await own.restartStub();
    expect(await own.operator.missions({ robot: 'R1' })).toEqual([]);
    robot.publish(up('R1', 'missions/report'), reports);
    await robot.next(down('R1', 'missions/report/accepted'));
    expect(await own.operator.missions({ robot: 'R1' })).toHaveLength(1);
  });

  it('still lists robots as connected after its own restart', async () => {
    await using own = await startBridgeWorld();
    await using robot = await own.robot('R1');
    robot.publish(up('R1', 'time'), asksTime);
    await robot.next(down('R1', 'time'));
    await own.restartStub();
    await own.operator.sendCommand({ robot: 'R1', command: 'dock', lifeMs: 60_000, id: 'c2' });
    expect(await robot.next(down('R1', 'commands'))).toMatchObject({ id: 'c2' });
  });
});

it('serves shadow and jobs too when the reserved topics are enabled', async () => {
  await using own = await startBridgeWorld({ reserved: true });
  await using robot = await own.robot('R1');
  robot.publish('$aws/things/R1/shadow/get', {});
  robot.publish('$aws/things/R1/jobs/$next/get', {});
  expect(await robot.next('$aws/things/R1/shadow/get/rejected')).toMatchObject({ code: 404 });
  expect(await robot.next('$aws/things/R1/jobs/$next/get/accepted')).toHaveProperty('timestamp');
});
