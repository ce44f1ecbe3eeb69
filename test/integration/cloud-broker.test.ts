import { readFile } from 'node:fs/promises';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Table } from '../../cloud-stub/rows.ts';
import { connectRobot } from '../support/cloud-client.ts';
import { type Identity, mintCa, mintRobot } from '../support/cloud-pki.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';
import { missionDocument } from '../support/cloud-world.ts';

let world: TestStub;
beforeAll(async () => {
  world = await startTestStub();
});
afterAll(() => world[Symbol.asyncDispose]());

const get = <K extends Table>(table: K, key: string) => world.stub.cloud.rows.get(table, key);
/** A TLS connection on which the test sends MQTT packets itself. */
async function openSocket({ cert, key }: Identity): Promise<TLSSocket> {
  const { host, port } = world.stub.ready.mqtt;
  const ca = await readFile(world.stub.ready.serverCa);
  const socket = connect({ host, port, ca, cert, key });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  return socket;
}

const report = (name: string) => `robots/${name}/up/missions/report`;
const accepted = (name: string) => `robots/${name}/down/missions/report/accepted`;
const ended = { v: 1, reports: [missionDocument({ ended: true })] };

describe('just-in-time registration', () => {
  it('closes the first connection without CONNACK, registers its certificate, and accepts the next', async () => {
    const identity = await world.mint('JITR-1');
    expect(get('things', 'JITR-1')).toBeUndefined();
    const first = await connectRobot(world.stub.ready, identity);
    expect(first.attempt).toBe('closed');
    expect(get('certificates', identity.certificateId)).toMatchObject({
      status: 'ACTIVE',
      commonName: 'JITR-1',
      pem: expect.stringContaining('BEGIN CERTIFICATE'),
    });
    expect(get('things', 'JITR-1')).toMatchObject({ thingName: 'JITR-1' });
    await using second = await connectRobot(world.stub.ready, identity);
    expect(second.attempt).toBe('connected');
  });

  it('leaves a certificate pending whose name is no robot id, and rejects it each time', async () => {
    const identity = await world.mint('no robot');
    for (let i = 0; i < 2; i++) {
      const client = await connectRobot(world.stub.ready, identity, { clientId: 'no robot' });
      expect(client.attempt).toBe('closed');
    }
    expect(get('certificates', identity.certificateId)?.status).toBe('PENDING_ACTIVATION');
    expect(get('things', 'no robot')).toBeUndefined();
  });

  it('rejects a certificate of another CA with the same name', async () => {
    const other = await mintRobot(await mintCa(), 'STRANGER');
    const client = await connectRobot(world.stub.ready, other);
    expect(client.attempt).toBe('closed');
    expect(get('certificates', other.certificateId)).toBeUndefined();
  });

  it('rejects a client without a certificate', async () => {
    const nobody = { cert: '', key: '', name: 'R', certificateId: '' };
    const client = await connectRobot(world.stub.ready, nobody);
    expect(client.attempt).toBe('closed');
  });
});

describe('the client id', () => {
  it('must equal the certificate name, else CONNACK has code 2', async () => {
    const { identity, robot } = await world.enter('ID-1');
    await using _ = robot;
    const { robot: victim } = await world.enter('ID-2');
    await using __ = victim;
    const thief = await connectRobot(world.stub.ready, identity, { clientId: 'ID-2' });
    expect(thief.attempt).toBe('refused 2');
    expect(victim.closed).toBe(false);
    await victim.subscribe('robots/ID-2/down/#');
    victim.publish(report('ID-2'), ended);
    expect(await victim.next(accepted('ID-2'))).toMatchObject({ v: 1 });
  });

  it('closes the older connection when it is used twice', async () => {
    const { identity, robot } = await world.enter('TWICE');
    await using newer = await connectRobot(world.stub.ready, identity);
    await robot.untilClosed();
    await newer.subscribe('robots/TWICE/down/#');
    newer.publish(report('TWICE'), ended);
    expect(await newer.next(accepted('TWICE'))).toMatchObject({ v: 1 });
    expect(get('presence', 'TWICE')).toMatchObject({ state: 'connected', version: 1 });
  });
});

describe('a report', () => {
  it('is confirmed at QoS 0 after it is in the database', async () => {
    const { robot } = await world.enter('REP-1');
    await using _ = robot;
    await robot.subscribe('robots/REP-1/down/#');
    robot.publish(report('REP-1'), ended);
    await robot.next(accepted('REP-1'));
    expect(get('missions', `REP-1/${ended.reports[0]?.missionId}`)).toMatchObject({
      status: 'ended',
    });
  });

  it('is accepted at QoS 1 and by Basic Ingest', async () => {
    const { robot } = await world.enter('REP-2');
    await using _ = robot;
    await robot.subscribe('robots/REP-2/down/#');
    robot.publish(`$aws/rules/reports/${report('REP-2')}`, ended, { qos: 1 });
    expect(await robot.next(accepted('REP-2'))).toMatchObject({ v: 1 });
  });

  it('is counted and not answered when it is invalid', async () => {
    const { robot } = await world.enter('REP-3');
    await using _ = robot;
    await robot.subscribe('robots/REP-3/down/#');
    for (const nonsense of ['{', '[]', `${'['.repeat(60_000)}`, '{"v":1,"reports":7}']) {
      robot.publish(report('REP-3'), nonsense);
    }
    robot.publish('robots/REP-3/up/unheard/of', '{}');
    robot.publish(report('REP-3'), ended);
    await robot.next(accepted('REP-3'));
    expect(robot.messages).toHaveLength(1);
    expect(get('refusals', 'REP-3/not-json')?.count).toBe(2);
    expect(get('refusals', 'REP-3/wrong-schema')?.count).toBe(2);
    expect(get('refusals', 'REP-3/wrong-topic')?.count).toBe(1);
  });
});

describe('access control', () => {
  it.each([
    ['another robot up', 'robots/OTHER/up/missions/report', {}],
    ['its own down', 'robots/ACC-P/down/commands', {}],
    ['another shadow', '$aws/things/OTHER/shadow/update', {}],
    ['an answer of its shadow', '$aws/things/ACC-P/shadow/update/accepted', {}],
    ['a notice of its jobs', '$aws/things/ACC-P/jobs/notify', {}],
    ['another robot by Basic Ingest', '$aws/rules/r/robots/OTHER/up/missions/report', {}],
    ['an answer of the renewal', '$aws/certificates/create-from-csr/json/accepted', {}],
    ['a certificate with a key', '$aws/certificates/create/json', {}],
    ['a system topic', '$SYS/x/new/clients', {}],
    ['a presence event', '$aws/events/presence/connected/ACC-P', {}],
    ['a retained message', 'robots/ACC-P/up/missions/report', { retain: true }],
    ['QoS 2', 'robots/ACC-P/up/missions/report', { qos: 2 }],
  ] as const)(
    'closes the connection of a robot that publishes %s',
    async (_name, topic, options) => {
      const { robot } = await world.enter('ACC-P');
      await using _ = robot;
      const before = get('missions', `OTHER/${ended.reports[0]?.missionId}`);
      robot.publish(topic, ended, options);
      await robot.untilClosed();
      expect(get('missions', `OTHER/${ended.reports[0]?.missionId}`)).toEqual(before);
      await until(() => get('presence', 'ACC-P')?.state === 'disconnected');
      expect(get('presence', 'ACC-P')).toMatchObject({ reason: 'FORBIDDEN_ACCESS' });
    },
  );

  it('grants a robot subscriptions to its own topics only', async () => {
    const { robot } = await world.enter('ACC-S');
    await using _ = robot;
    const filters = [
      'robots/ACC-S/down/#',
      '$aws/things/ACC-S/shadow/update/+',
      '$aws/things/ACC-S/jobs/+/get/accepted',
      'robots/OTHER/down/#',
      'robots/+/down/#',
      'robots/ACC-S/up/#',
      '$aws/things/+/shadow/#',
      '$aws/events/#',
      '#',
      '+/ACC-S/down/commands',
      '$aws/certificates/create-from-csr/json',
      '$aws/certificates/create-from-csr/json/#',
      '$aws/certificates/#',
      '$aws/certificates/create/json/accepted',
      '$aws/provisioning-templates/+/provision/json/accepted',
      '$aws/provisioning-templates/#',
    ];
    const granted = [
      await robot.subscribe(...filters.slice(0, 8)),
      await robot.subscribe(...filters.slice(8)),
    ];
    expect(granted.flat()).toEqual([0, 0, 0, ...Array(13).fill(128)]);
    const renewal = ['accepted', 'rejected', '+'].flatMap((answer) => [
      `$aws/certificates/create-from-csr/json/${answer}`,
      `$aws/provisioning-templates/pilotfish/provision/json/${answer}`,
    ]);
    expect(await robot.subscribe(...renewal)).toEqual(Array(6).fill(0));
    expect(robot.closed).toBe(false);
  });

  it('does not answer a SUBSCRIBE at QoS 2, and delivers nothing for it', async () => {
    const { robot } = await world.enter('ACC-2');
    await using _ = robot;
    let isAnswered = false;
    const topic = '$aws/things/ACC-2/shadow/get/rejected';
    void robot.subscribeAt(2, topic).then(() => {
      isAnswered = true;
    });
    const later = '$aws/things/ACC-2/shadow/name/n/get/rejected';
    expect(await robot.subscribeAt(1, later)).toEqual([1]);
    robot.publish('$aws/things/ACC-2/shadow/get', '');
    robot.publish('$aws/things/ACC-2/shadow/name/n/get', '');
    await robot.next(later);
    expect(robot.messages.map(([seen]) => seen)).toEqual([later]);
    expect([isAnswered, robot.closed]).toEqual([false, false]);
  });

  it('delivers nothing without a subscription, except responses of jobs', async () => {
    const { robot } = await world.enter('ACC-D');
    await using _ = robot;
    await robot.subscribe('$aws/things/ACC-D/shadow/get/rejected');
    robot.publish(report('ACC-D'), ended);
    robot.publish('$aws/things/ACC-D/shadow/update', { state: { reported: { a: 1 } } });
    robot.publish('$aws/things/ACC-D/jobs/get', { clientToken: 'c' });
    expect(await robot.next('$aws/things/ACC-D/jobs/get/accepted')).toMatchObject({
      queuedJobs: [],
      clientToken: 'c',
    });
    expect(robot.messages).toHaveLength(1);
  });

  it('closes the connection of a robot whose packet exceeds the limit, before all of it has arrived', async () => {
    const { identity } = await world.enter('BIG');
    const socket = await openSocket(identity);
    // CONNECT of MQTT 3.1.1, then a PUBLISH that announces 200 MB and sends nothing of it.
    const connectPacket = Buffer.from('100f00044d515454040200000003424947', 'hex');
    socket.write(connectPacket);
    await new Promise((resolve) => socket.once('data', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x64]));
    socket.resume();
    await closed;
    await until(() => get('presence', 'BIG')?.reason === 'CLIENT_ERROR');
  });
});

it('closes the connection of a robot that does not read, and delays no other', async () => {
  const { identity, robot: slow } = await world.enter('SLOW');
  await slow[Symbol.asyncDispose]();
  const { robot: fast } = await world.enter('FAST');
  await using _ = fast;
  await fast.subscribe('robots/FAST/down/#');
  const socket = await openSocket(identity);
  // CONNECT as SLOW, then SUBSCRIBE robots/SLOW/down/#; and never read again.
  socket.write(Buffer.from('101000044d515454040200000004534c4f57', 'hex'));
  await until(() => get('presence', 'SLOW')?.state === 'connected');
  const filter = 'robots/SLOW/down/#';
  const head = [0x82, filter.length + 5, 0, 1, 0, filter.length];
  socket.write(Buffer.concat([Buffer.from(head), Buffer.from(filter), Buffer.from([0])]));
  const payload = Buffer.from(JSON.stringify({ text: 'x'.repeat(16_000) }));
  for (let i = 1; i <= 1000; i++) {
    world.stub.broker.send(
      ['SLOW', 'FAST'].map((name) => ({
        robot: name,
        topic: `robots/${name}/down/commands`,
        payload,
      })),
    );
    if (i % 10 === 0) await until(() => fast.messages.length === i);
  }
  await until(() => get('presence', 'SLOW')?.state === 'disconnected');
  socket.destroy();
});

describe('an operator', () => {
  it.each(['REVOKED', 'INACTIVE'] as const)(
    'closes a live connection with %s, and the robot stays out until ACTIVE',
    async (status) => {
      const name = `BLOCK-${status}`;
      const { identity, robot } = await world.enter(name);
      await world.operator.updateCertificate(identity.certificateId, status);
      await robot.untilClosed();
      expect(get('presence', name)).toMatchObject({ state: 'disconnected', reason: 'AUTH_ERROR' });
      const again = await connectRobot(world.stub.ready, identity);
      expect(again.attempt).toBe('closed');
      expect(get('certificates', identity.certificateId)?.status).toBe(status);
      await world.operator.updateCertificate(identity.certificateId, 'ACTIVE');
      await using back = await connectRobot(world.stub.ready, identity);
      expect(back.attempt).toBe('connected');
    },
  );

  it('sends a command to a connected robot, and to one that connects later', async () => {
    const { identity, robot } = await world.enter('CMD');
    await robot.subscribe('robots/CMD/down/#');
    await world.operator.sendCommand({ robot: 'CMD', command: 'start', lifeMs: 60_000, id: 'c1' });
    expect(await robot.next('robots/CMD/down/commands')).toMatchObject({
      id: 'c1',
      command: 'start',
    });
    const at = { wallMs: 1, quality: 'synced', boot: 1, monoMs: 1 };
    robot.publish('robots/CMD/up/commands/outcome', { v: 1, id: 'c1', outcome: 'done', at });
    await until(() => get('commands', 'CMD/c1')?.status === 'done');
    await robot[Symbol.asyncDispose]();
    await until(() => get('presence', 'CMD')?.state === 'disconnected');
    expect(get('presence', 'CMD')?.reason).toBe('CONNECTION_LOST');
    await world.operator.sendCommand({ robot: 'CMD', command: 'dock', lifeMs: 60_000, id: 'c2' });
    await using later = await connectRobot(world.stub.ready, identity);
    await later.subscribe('robots/CMD/down/#');
    expect(await later.next('robots/CMD/down/commands')).toMatchObject({ id: 'c2' });
  });
});

it('the stub counts the messages that it carried', async () => {
  const { robot } = await world.enter('METER');
  await using _ = robot;
  await robot.subscribe('robots/METER/down/#', '$aws/things/METER/shadow/get/+');
  robot.publish(report('METER'), ended);
  robot.publish(`$aws/rules/r/${report('METER')}`, ended);
  robot.publish('$aws/things/METER/shadow/get', '');
  robot.publish('$aws/things/METER/jobs/get', '');
  await robot.next('$aws/things/METER/jobs/get/accepted');
  await robot.next(accepted('METER'));
  const payload = JSON.stringify(ended).length;
  const { METER } = await world.operator.meters();
  expect(METER).toMatchObject({
    connects: 1,
    subscribes: 1,
    messagesIn: 4,
    bytesIn: 2 * payload,
    messagesOut: 3,
    // One report up, one confirmation down for both; Basic Ingest is free.
    units: 2,
    unitsDown: 1,
    shadowUnits: 1,
    jobsRequests: 1,
  });
});

it('the stub restores its whole state after a restart', async () => {
  await using own = await startTestStub();
  const { identity, robot } = await own.enter('AGAIN');
  await robot.subscribe('robots/AGAIN/down/#');
  robot.publish(report('AGAIN'), ended);
  await robot.next(accepted('AGAIN'));
  await own.restart();
  await robot.untilClosed();
  await using back = await connectRobot(own.stub.ready, identity);
  expect(back.attempt).toBe('connected');
  expect(await own.operator.missions({ robot: 'AGAIN' })).toMatchObject([{ status: 'ended' }]);
  expect((await own.operator.meters())['AGAIN']).toMatchObject({ connects: 2, messagesIn: 1 });
});
