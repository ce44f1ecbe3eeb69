import type { SecureVersion } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../base/log.ts';
import { connectRobot } from '../support/cloud-client.ts';
import { operatorOf } from '../support/cloud-operator.ts';
import { openRaw, publishPacket } from '../support/cloud-raw.ts';
import { renew } from '../support/cloud-renewal.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';
import { missionDocument } from '../support/cloud-world.ts';

let world: TestStub;
beforeAll(async () => {
  world = await startTestStub();
});
afterAll(() => world[Symbol.asyncDispose]());

const presence = (robot: string) => world.stub.cloud.rows.get('presence', robot);

/** A robot that the registry knows, without a connection. */
async function register(name: string) {
  const { identity, robot } = await world.enter(name);
  await robot[Symbol.asyncDispose]();
  await until(() => presence(name)?.state === 'disconnected');
  return identity;
}

describe.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('over %s', (version) => {
  it.each(['INACTIVE', 'REVOKED'] as const)(
    '%s ends the live connection within the call, also with a resumed session',
    async (status) => {
      const name = `BLOCK-${status}-${version}`.replaceAll('.', '-');
      const identity = await register(name);
      const live = await openRaw(world.stub.ready, identity, { version });
      expect(live.version).toBe(version);
      expect(await live.mqtt(name)).toBe(0);
      await until(() => presence(name)?.state === 'connected');
      const session = live.session();
      const before = world.stub.broker.connections();
      await world.operator.updateCertificate(identity.certificateId, status);
      expect(world.stub.broker.connections()).toBe(before - 1);
      expect(presence(name)).toMatchObject({ state: 'disconnected', reason: 'AUTH_ERROR' });
      await live.untilClosed();
      for (let i = 0; i < 2; i++) {
        const resumed = await openRaw(world.stub.ready, identity, { version, session });
        expect(resumed.reused).toBe(true);
        expect(await resumed.mqtt(name)).toBe('closed');
      }
      const whole = await openRaw(world.stub.ready, identity, { version });
      expect(whole.reused).toBe(false);
      expect(await whole.mqtt(name)).toBe('closed');
      await world.operator.updateCertificate(identity.certificateId, 'ACTIVE');
      const back = await openRaw(world.stub.ready, identity, { version, session });
      expect(back.reused).toBe(true);
      expect(await back.mqtt(name)).toBe(0);
      back.socket.destroy();
    },
  );

  it('a block between the handshake and CONNECT rejects the CONNECT', async () => {
    const name = `BETWEEN-${version}`.replaceAll('.', '-');
    const identity = await register(name);
    const waiting = await openRaw(world.stub.ready, identity, { version });
    await world.operator.updateCertificate(identity.certificateId, 'INACTIVE');
    expect(await waiting.mqtt(name)).toBe('closed');
    expect(presence(name)?.state).toBe('disconnected');
  });
});

describe('after a block, the stub', () => {
  it('accepts no message that was still on its way from the robot', async () => {
    const identity = await register('LATE-UP');
    const live = await openRaw(world.stub.ready, identity);
    expect(await live.mqtt('LATE-UP')).toBe(0);
    await until(() => presence('LATE-UP')?.state === 'connected');
    const report = { v: 1, reports: [missionDocument({ ended: true })] };
    // Both ends are in this process: nothing of this is read before the block.
    for (let i = 0; i < 50; i++)
      live.socket.write(publishPacket('robots/LATE-UP/up/missions/report', report));
    const operator = operatorOf(world.stub.cloud);
    operator.updateCertificate(identity.certificateId, 'INACTIVE', Date.now());
    world.stub.broker.send([]);
    await live.untilClosed();
    expect(operator.list('missions', 'LATE-UP/')).toEqual([]);
    expect((await world.operator.meters())['LATE-UP']?.messagesIn).toBe(0);
  });

  it('delivers no message that was still on its way to the robot', async () => {
    const { identity, robot } = await world.enter('LATE-DOWN');
    await robot.subscribe('robots/LATE-DOWN/down/#');
    const send = (n: number) =>
      world.stub.broker.send([
        {
          robot: 'LATE-DOWN',
          topic: 'robots/LATE-DOWN/down/commands',
          payload: Buffer.from(JSON.stringify({ n })),
        },
      ]);
    send(1);
    await robot.next('robots/LATE-DOWN/down/commands');
    await world.operator.updateCertificate(identity.certificateId, 'REVOKED');
    send(2);
    await world.operator.sendCommand({ robot: 'LATE-DOWN', command: 'start', lifeMs: 60_000 });
    await robot.untilClosed();
    expect(robot.messages.map(([, body]) => body)).toEqual([{ n: 1 }]);
  });

  it("keeps the robot's connection with another certificate", async () => {
    const { identity, robot } = await world.enter('TWO');
    const renewed = await renew(robot, 'TWO');
    await using next = await connectRobot(world.stub.ready, renewed);
    await robot.untilClosed();
    await world.operator.updateCertificate(identity.certificateId, 'REVOKED');
    await next.subscribe('$aws/things/TWO/#');
    next.publish('$aws/things/TWO/jobs/get', {});
    await next.next('$aws/things/TWO/jobs/get/accepted');
    await world.operator.updateCertificatesOf('TWO', 'INACTIVE');
    await next.untilClosed();
    expect((await connectRobot(world.stub.ready, renewed)).attempt).toBe('closed');
    // The revoked one does not come back with the robot.
    await world.operator.updateCertificatesOf('TWO', 'ACTIVE');
    const rows = await world.operator.certificates({ robot: 'TWO' });
    expect(rows.map(({ status }) => status)).toEqual(['REVOKED', 'ACTIVE']);
    expect(rows[0]?.supersededBy).toBe(renewed.certificateId);
  });
});

it('closes the connection of a superseded certificate after its grace period', async () => {
  const logged: string[] = [];
  const log = {
    ...silentLog,
    warn: (_fields: object, message: string) => void logged.push(message),
  };
  await using own = await startTestStub({ log, cloud: { retireAfterMs: 1000 } });
  const { identity, robot } = await own.enter('RETIRE');
  const renewed = await renew(robot, 'RETIRE');
  const next = await connectRobot(own.stub.ready, renewed);
  await next[Symbol.asyncDispose]();
  await using back = await connectRobot(own.stub.ready, identity);
  expect(back.attempt).toBe('connected');
  await back.untilClosed();
  expect(logged).toContain('connected by a superseded certificate');
  expect(await own.operator.certificates({ id: identity.certificateId })).toMatchObject([
    { status: 'INACTIVE', supersededBy: renewed.certificateId },
  ]);
  await using last = await connectRobot(own.stub.ready, renewed);
  expect(last.attempt).toBe('connected');
});

it('a certificate that operators activate by hand stays pending, and each attempt is logged', async () => {
  await using own = await startTestStub({ cloud: { activation: 'hand' } });
  const identity = await own.mint('HAND');
  for (let count = 1; count <= 3; count++) {
    expect((await connectRobot(own.stub.ready, identity)).attempt).toBe('closed');
    expect(await own.operator.certificates({ robot: 'HAND' })).toMatchObject([
      { status: 'PENDING_ACTIVATION', lastRefusal: { code: 'pending', count } },
    ]);
  }
  await own.operator.updateCertificate(identity.certificateId, 'ACTIVE');
  await using robot = await connectRobot(own.stub.ready, identity);
  expect(robot.attempt).toBe('connected');
  expect(own.stub.cloud.rows.get('things', 'HAND')).toMatchObject({ thingName: 'HAND' });
});

it('a decommissioned robot is disconnected and stays out, also with a new certificate of the factory', async () => {
  const { robot } = await world.enter('SCRAP');
  robot.publish('robots/SCRAP/up/missions/report', {
    v: 1,
    reports: [missionDocument({ ended: true })],
  });
  await until(() => world.stub.cloud.rows.list('missions', 'SCRAP/').length === 1);
  expect(await world.operator.decommission('SCRAP', true)).toBe(1);
  await robot.untilClosed();
  const fresh = await world.mint('SCRAP');
  for (let i = 0; i < 2; i++)
    expect((await connectRobot(world.stub.ready, fresh)).attempt).toBe('closed');
  expect(await world.operator.certificates({ id: fresh.certificateId })).toMatchObject([
    { status: 'PENDING_ACTIVATION', lastRefusal: { code: 'decommissioned', count: 2 } },
  ]);
  expect(await world.operator.missions({ robot: 'SCRAP' })).toHaveLength(1);
  await world.operator.decommission('SCRAP', false);
  await connectRobot(world.stub.ready, fresh);
  await using back = await connectRobot(world.stub.ready, fresh);
  expect(back.attempt).toBe('connected');
});
