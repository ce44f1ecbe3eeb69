import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Log, silentLog } from '../../base/log.ts';
import { connectRobot } from '../support/cloud-client.ts';
import { connectPacket, openRaw, publishPacket } from '../support/cloud-raw.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';
import { missionDocument } from '../support/cloud-world.ts';

/** A robot with a valid certificate, and what it may not do to other robots and to the stub. */

const logged: string[] = [];
const log: Log = {
  ...silentLog,
  warn: (fields, message) => void logged.push(JSON.stringify({ ...fields, message })),
};

let world: TestStub;
beforeAll(async () => {
  world = await startTestStub({ log });
});
afterAll(() => world[Symbol.asyncDispose]());

const presence = (name: string) => world.stub.cloud.rows.get('presence', name)?.state;

describe('a persistent session', () => {
  it('receives nothing of another robot, not even later and at QoS 1', async () => {
    const { identity, robot } = await world.enter('SPY');
    await robot[Symbol.asyncDispose]();
    const { robot: victim } = await world.enter('VICTIM');
    await using _ = victim;
    const spy = await connectRobot(world.stub.ready, identity, { clean: false });
    // One filter that is granted, and in the same packet others that are not.
    const granted = await spy.subscribeAt(1, 'robots/SPY/down/#', 'robots/VICTIM/#', '#');
    expect(granted).toEqual([1, 128, 128]);
    await spy[Symbol.asyncDispose]();
    await until(() => presence('SPY') === 'disconnected');
    const ended = { v: 1, reports: [missionDocument({ ended: true })] };
    victim.publish('robots/VICTIM/up/missions/report', ended, { qos: 1 });
    await until(() => world.stub.cloud.rows.list('missions', 'VICTIM/').length === 1);
    await using back = await connectRobot(world.stub.ready, identity, { clean: false });
    // Stored messages arrive before the response to a new request.
    back.publish('$aws/things/SPY/jobs/get', '{}');
    await until(() => back.messages.length > 0);
    expect(back.messages.map(([topic]) => topic)).toEqual(['$aws/things/SPY/jobs/get/accepted']);
  });
});

describe('subscriptions', () => {
  it('are limited to 50 a connection, and a repeated one is not counted again', async () => {
    const { robot } = await world.enter('SUBS');
    await using _ = robot;
    const granted: number[] = [];
    for (let i = 0; i < 60; i += 2) {
      const filters = [i, i + 1].map((n) => `robots/SUBS/down/${n}`);
      granted.push(...(await robot.subscribe(...filters)));
    }
    expect(granted).toEqual([...Array(50).fill(0), ...Array(10).fill(128)]);
    expect(await robot.subscribe('robots/SUBS/down/7')).toEqual([0]);
  });

  it('log one short line when they are rejected', async () => {
    const { robot } = await world.enter('NOISE');
    await using _ = robot;
    const filters = Array.from({ length: 8 }, (_, i) => `${'x'.repeat(200)}${i}`);
    for (let packet = 0; packet < 3; packet++) {
      expect(await robot.subscribe(...filters)).toEqual(Array(8).fill(128));
    }
    const lines = logged.filter((line) => line.includes('NOISE') && line.includes('subscribe'));
    expect(lines).toHaveLength(1);
    expect(lines[0]?.length).toBeLessThan(300);
  });
});

it('a last will that the robot may not publish is rejected with its connection', async () => {
  const { identity } = await world.enter('WILL');
  const will = (topic: string, retain = false) => ({
    will: { topic, payload: Buffer.from('{}'), qos: 0 as const, retain },
  });
  const attempt = async (options: Parameters<typeof connectRobot>[2]) => {
    await using client = await connectRobot(world.stub.ready, identity, options);
    return client.attempt;
  };
  const own = 'robots/WILL/up/missions/report';
  expect(await attempt(will('robots/OTHER/up/missions/report'))).toBe('closed');
  expect(await attempt(will(own, true))).toBe('closed');
  expect(await attempt(will(own))).toBe('connected');
});

describe('a publish of a robot', () => {
  it('reaches no subscriber, not even the robot itself', async () => {
    const { robot } = await world.enter('ECHO');
    await using _ = robot;
    await robot.subscribe('$aws/things/ECHO/#');
    robot.publish('$aws/things/ECHO/shadow/get', {});
    await robot.next('$aws/things/ECHO/shadow/get/rejected');
    expect(robot.messages.map(([topic]) => topic)).toEqual([
      '$aws/things/ECHO/shadow/get/rejected',
    ]);
  });

  it('is discarded beyond 100 messages in a second', async () => {
    const { robot } = await world.enter('FLOOD');
    await using _ = robot;
    for (let i = 0; i < 2000; i++) robot.publish('$aws/things/FLOOD/shadow/get', {});
    await until(() => logged.some((line) => line.includes('messages discarded')));
    // The next second has its own count.
    const settings = { state: { reported: { a: 1 } } };
    await until(() => {
      robot.publish('$aws/things/FLOOD/shadow/update', settings);
      return world.stub.cloud.rows.get('shadows', 'FLOOD') !== undefined;
    });
    expect((await world.operator.meters())['FLOOD']?.messagesIn).toBeLessThan(400);
  });

  it('is not acknowledged when it is discarded', async () => {
    const { robot } = await world.enter('FLOOD-1');
    await using _ = robot;
    const topic = '$aws/things/FLOOD-1/shadow/get';
    for (let i = 0; i < 300; i++) robot.publish(topic, {}, { qos: 1 });
    // Answered behind them all, and they take no two seconds.
    await robot.subscribe('robots/FLOOD-1/down/#');
    expect(robot.unacknowledged).toBeGreaterThanOrEqual(100);
    expect((await world.operator.meters())['FLOOD-1']?.messagesIn).toBe(300 - robot.unacknowledged);
  });
});

describe('a robot that does not wait for CONNACK', () => {
  it('may publish right after CONNECT, and at the very moment of CONNACK', async () => {
    const { identity, robot } = await world.enter('EAGER');
    await robot[Symbol.asyncDispose]();
    const topic = 'robots/EAGER/up/missions/report';
    const missions = () => world.stub.cloud.rows.list('missions', 'EAGER/').length;
    const report = (n: number) => {
      const missionId = `00000000000000aa-${n}`;
      return publishPacket(topic, {
        v: 1,
        reports: [missionDocument({ missionId, ended: true })],
      });
    };
    // MQTT 3.1.1 section 3.1.4: a client need not wait for CONNACK.
    const first = await openRaw(world.stub.ready, identity);
    first.socket.write(Buffer.concat([connectPacket('EAGER'), report(1)]));
    await until(() => missions() === 1);
    for (let n = 2; n <= 40; n++) {
      const next = await openRaw(world.stub.ready, identity);
      next.socket.once('data', () => next.socket.write(report(n)));
      next.socket.write(connectPacket('EAGER'));
      await until(() => missions() === n);
      next.socket.destroy();
    }
    first.socket.destroy();
  });
});
