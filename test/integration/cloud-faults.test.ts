import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Table } from '../../cloud-stub/rows.ts';
import { connectRobot } from '../support/cloud-client.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';
import { missionDocument } from '../support/cloud-world.ts';

let world: TestStub;
beforeAll(async () => {
  world = await startTestStub();
});
afterAll(() => world[Symbol.asyncDispose]());

const get = <K extends Table>(table: K, key: string) => world.stub.cloud.rows.get(table, key);
const report = (name: string) => `robots/${name}/up/missions/report`;
const accepted = (name: string) => `robots/${name}/down/missions/report/accepted`;
const ended = { v: 1, reports: [missionDocument({ ended: true })] };

it('a cut disconnects a robot for a while', async () => {
  const { identity, robot } = await world.enter('CUT');
  await world.operator.cut('CUT', 60_000);
  await robot.untilClosed();
  expect(get('presence', 'CUT')).toMatchObject({
    ...{ state: 'disconnected', reason: 'SERVER_INITIATED_DISCONNECT' },
  });
  expect((await connectRobot(world.stub.ready, identity)).attempt).toBe('closed');
  // Shortens the cut, so that the test depends on no time limit.
  await world.operator.cut('CUT', 1);
  let back = await connectRobot(world.stub.ready, identity);
  await until(async () => {
    if (back.attempt !== 'connected') back = await connectRobot(world.stub.ready, identity);
    return back.attempt === 'connected';
  });
  await back[Symbol.asyncDispose]();
});

it('a loss takes a percentage of messages in both directions, chosen by a seed', async () => {
  const { robot } = await world.enter('LOSS');
  await using _ = robot;
  await robot.subscribe('robots/LOSS/down/#');
  try {
    await world.operator.drop(100, 1);
    robot.publish(report('LOSS'), ended);
    robot.publish('$aws/things/LOSS/shadow/update', { state: { reported: { a: 1 } } }, { qos: 1 });
    await until(() => get('shadows', 'LOSS') !== undefined);
    expect(get('missions', `LOSS/${ended.reports[0]?.missionId}`)).toBeUndefined();
  } finally {
    await world.operator.drop(0, 1);
  }
  robot.publish(report('LOSS'), ended);
  await robot.next(accepted('LOSS'));
});

it('a quota discards messages over it, at QoS 1 without an acknowledgement, and keeps the connection', async () => {
  const { robot, identity } = await world.enter('QUOTA');
  await using _ = robot;
  await robot.subscribe('robots/QUOTA/down/#');
  const id = `QUOTA/${ended.reports[0]?.missionId}`;
  await world.operator.throttle('QUOTA', 0, 1);
  robot.publish(report('QUOTA'), ended, { qos: 1 });
  robot.publish(report('QUOTA'), ended);
  await until(async () => (await world.operator.status()).faults.throttled === 2);
  await world.operator.throttle('QUOTA', undefined, 1);
  expect([robot.unacknowledged, robot.closed, get('missions', id)]).toEqual([1, false, undefined]);
  robot.publish(report('QUOTA'), ended, { qos: 1 });
  await robot.next(accepted('QUOTA'));
  await until(() => robot.unacknowledged === 1);
  expect((await world.operator.meters())[identity.name]).toMatchObject({ messagesIn: 1 });
});
