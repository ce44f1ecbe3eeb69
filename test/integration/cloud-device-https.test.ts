import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintCa, mintRobot } from '../support/cloud-pki.ts';
import { renew } from '../support/cloud-renewal.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { missionDocument } from '../support/cloud-world.ts';
import { type DeviceClient, deviceClient } from '../support/device-client.ts';

/** A robot's requests over HTTPS with its certificate, over real TLS. */

let world: TestStub;
beforeAll(async () => {
  world = await startTestStub();
});
afterAll(() => world[Symbol.asyncDispose]());

/** A robot that the registry knows, and its client; it has no MQTT connection. */
async function enter(name: string) {
  const identity = await world.mint(name);
  const client = await deviceClient(world.stub, identity);
  await client.send('GET', `/things/${name}/jobs`);
  return { identity, client };
}

const forbidden = { status: 403, fault: 'ForbiddenException' };
const ok = {
  status: 200,
  json: { message: 'OK', traceId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
};

describe('a first contact', () => {
  it('is refused and registers the certificate, and the next request is served', async () => {
    const identity = await world.mint('FIRST');
    using client = await deviceClient(world.stub, identity);
    const first = await client.send('GET', '/things/FIRST/jobs');
    expect(first).toMatchObject({
      ...forbidden,
      json: { message: expect.stringMatching(/PENDING/) },
    });
    expect(first.json.traceId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
    expect(await client.send('GET', '/things/FIRST/jobs')).toMatchObject({ status: 200 });
    expect(world.stub.cloud.rows.get('things', 'FIRST')).toMatchObject({ thingName: 'FIRST' });
    expect(world.stub.cloud.rows.get('presence', 'FIRST')).toBeUndefined();
  });
});

describe('Publish', () => {
  const topic = (robot: string) => encodeURIComponent(`robots/${robot}/up/missions/report`);
  const report = () => ({ v: 1, reports: [missionDocument({ ended: true })] });

  it.each([0, 1])('of a mission report at QoS %d has the effect of MQTT', async (qos) => {
    const name = `PUB-${qos}`;
    const { client } = await enter(name);
    using _ = client;
    expect(await client.send('POST', `/topics/${topic(name)}?qos=${qos}`, report())).toMatchObject(
      ok,
    );
    expect(world.stub.cloud.rows.list('missions', `${name}/`)).toMatchObject([
      { value: { status: 'ended' } },
    ]);
    expect((await world.operator.meters())[name]).toMatchObject({ messagesIn: 1, units: 1 });
  });

  it('takes a topic whose slashes are not encoded', async () => {
    const { client } = await enter('SLASH');
    using _ = client;
    const path = '/topics/robots/SLASH/up/missions/report?qos=1';
    expect(await client.send('POST', path, report())).toMatchObject(ok);
    expect(world.stub.cloud.rows.list('missions', 'SLASH/')).toHaveLength(1);
  });

  it('is answered on the MQTT connection of the robot', async () => {
    const { identity, robot } = await world.enter('ANSWER');
    await using _ = robot;
    await robot.subscribe('robots/ANSWER/down/#');
    using client = await deviceClient(world.stub, identity);
    await client.send('POST', `/topics/${topic('ANSWER')}`, report());
    expect(await robot.next('robots/ANSWER/down/missions/report/accepted')).toMatchObject({ v: 1 });
  });

  it.each([
    ["another robot's topic", 'robots/OTHER/up/missions/report', 'ForbiddenException'],
    ["another thing's shadow", '$aws/things/OTHER/shadow/update', 'ForbiddenException'],
    ["the cloud's side", 'robots/REFUSED/down/commands', 'ForbiddenException'],
    ['a topic of nobody', 'foo/bar', 'ForbiddenException'],
    ['a wildcard', 'robots/REFUSED/up/+', 'InvalidRequestException'],
    ['no topic', '', 'InvalidRequestException'],
    ['too many levels', `robots/REFUSED/up/${'a/'.repeat(9)}`, 'InvalidRequestException'],
    [
      'a request for a certificate',
      '$aws/certificates/create-from-csr/json',
      'InvalidRequestException',
    ],
  ])('on %s is refused', async (_what, name, fault) => {
    using client = (await enter('REFUSED')).client;
    const answer = await client.send('POST', `/topics/${encodeURIComponent(name)}`, {});
    expect([answer.fault, typeof answer.json.traceId]).toEqual([fault, 'string']);
  });

  it.each(['qos=2', 'retain=true', 'retain=TRUE', 'contentType=a', 'qos=1&x=1'])(
    'with %s is an error',
    async (query) => {
      using client = (await enter('QUERY')).client;
      const answer = await client.send('POST', `/topics/${topic('QUERY')}?${query}`, report());
      expect([answer.status, answer.fault]).toEqual([400, 'InvalidRequestException']);
      expect(world.stub.cloud.rows.list('missions', 'QUERY/')).toEqual([]);
    },
  );

  it('at QoS 0 is lost by the injected fault, and at QoS 1 is not', async () => {
    await using own = await startTestStub();
    using client = await deviceClient(own.stub, await own.mint('LOSS'));
    await client.send('GET', '/things/LOSS/jobs');
    await own.operator.drop(100, 1);
    const missions = () => own.stub.cloud.rows.list('missions', 'LOSS/').length;
    expect(await client.send('POST', `/topics/${topic('LOSS')}`, report())).toMatchObject(ok);
    expect(missions()).toBe(0);
    expect(await client.send('POST', `/topics/${topic('LOSS')}?qos=1`, report())).toMatchObject(ok);
    expect(missions()).toBe(1);
  });
});

describe("the robot's own thing", () => {
  let client: DeviceClient;
  beforeAll(async () => {
    ({ client } = await enter('OWN'));
  });
  afterAll(() => client[Symbol.dispose]());

  it('has its shadow read, written, listed and deleted', async () => {
    const state = { state: { reported: { a: 1 } } };
    expect(await client.send('POST', '/things/OWN/shadow', state)).toMatchObject({ status: 200 });
    await client.send('POST', '/things/OWN/shadow?name=maker', state);
    expect((await client.send('GET', '/things/OWN/shadow')).json).toMatchObject(state);
    const list = '/api/things/shadow/ListNamedShadowsForThing/OWN';
    expect((await client.send('GET', list)).json).toMatchObject({ results: ['maker'] });
    expect(await client.send('DELETE', '/things/OWN/shadow')).toMatchObject({ status: 200 });
    expect(await client.send('GET', '/things/OWN/shadow')).toMatchObject({
      ...{ status: 404, fault: 'ResourceNotFoundException' },
      json: { traceId: expect.any(String) },
    });
    expect((await world.operator.meters())['OWN']?.shadowUnits).toBeGreaterThanOrEqual(5);
  });

  it('has its jobs started, described and ended', async () => {
    const document = { operation: 'reboot' };
    await world.operator.createJob({ jobId: 'j1', targets: ['OWN'], document });
    const { json } = await client.send('GET', '/things/OWN/jobs');
    expect(json).toMatchObject({ queuedJobs: [{ jobId: 'j1' }] });
    const started = await client.send('PUT', '/things/OWN/jobs/$next', {});
    expect(started.json.execution).toMatchObject({
      jobId: 'j1',
      jobDocument: JSON.stringify(document),
    });
    const path = '/things/OWN/jobs/j1';
    expect((await client.send('GET', path)).json.execution).toMatchObject({
      status: 'IN_PROGRESS',
    });
    expect(await client.send('POST', path, { status: 'SUCCEEDED' })).toMatchObject({ status: 200 });
    expect(await world.operator.execution('OWN', 'j1')).toMatchObject({ status: 'SUCCEEDED' });
  });

  it.each([
    ['GET', '/things/OTHER/shadow'],
    ['POST', '/things/OTHER/shadow'],
    ['DELETE', '/things/OTHER/shadow?name=x'],
    ['GET', '/api/things/shadow/ListNamedShadowsForThing/OTHER'],
    ['GET', '/things/OTHER/jobs'],
    ['PUT', '/things/OTHER/jobs/$next'],
    ['GET', '/things/OTHER/jobs/j1'],
    ['POST', '/things/%4fTHER/jobs/j1'],
  ])('is the only one: %s %s is refused, and counted', async (method, path) => {
    expect(await client.send(method, path, {})).toMatchObject(forbidden);
    const { listeners } = await world.operator.status();
    const port = listeners.find(({ name }) => name === 'device HTTPS');
    expect(port?.refused['not-allowed']).toBeGreaterThan(0);
  });

  it.each([
    ['PUT', '/jobs/x'],
    ['GET', '/things'],
    ['POST', '/things/OWN'],
    ['GET', '/pilotfish/status'],
    ['PUT', '/objects/maps/x'],
    ['PUT', '/things/OWN/jobs/j1/cancel'],
    ['HEAD', '/things/OWN/shadow'],
  ])('%s %s is no operation of a robot', async (method, path) => {
    const { status, fault } = await client.send(method, path);
    expect([status, fault]).toEqual([405, 'MethodNotAllowedException']);
  });

  it('names what it does not serve', async () => {
    const answer = await client.send('POST', '/things/OWN/jobs/j1', { status: 'FAILED', nope: 1 });
    expect(answer).toMatchObject({ status: 400, json: { message: expect.stringMatching(/nope/) } });
  });
});

describe('a certificate', () => {
  it.each(['INACTIVE', 'REVOKED'] as const)(
    'that becomes %s is refused at its next request',
    async (status) => {
      const { identity, client } = await enter(`BLOCK-${status}`);
      using _ = client;
      const path = `/things/BLOCK-${status}/jobs`;
      expect(await client.send('GET', path)).toMatchObject({ status: 200 });
      await world.operator.updateCertificate(identity.certificateId, status);
      expect(await client.send('GET', path)).toMatchObject(forbidden);
      expect(await world.operator.certificates({ id: identity.certificateId })).toMatchObject([
        { lastRefusal: { code: status.toLowerCase(), count: 1 } },
      ]);
    },
  );

  it('of the renewal CA is served, and refused once its robot is decommissioned', async () => {
    const { robot } = await world.enter('TOKEN');
    await using _ = robot;
    const renewed = await renew(robot, 'TOKEN');
    using client = await deviceClient(world.stub, renewed);
    expect(await client.send('GET', '/things/TOKEN/jobs')).toMatchObject({ status: 200 });
    await world.operator.decommission('TOKEN', true);
    expect(await client.send('GET', '/things/TOKEN/jobs')).toMatchObject(forbidden);
  });

  it.each([
    ['a foreign CA', async () => mintRobot(await mintCa('Foreign'), 'ALIEN'), 'unknown-ca'],
    ['no CA at all', async () => ({ cert: '', key: '' }), 'no-certificate'],
  ])('of %s gets no answer', async (_what, mint, code) => {
    using client = await deviceClient(world.stub, await mint());
    await expect(client.send('GET', '/things/ALIEN/jobs')).rejects.toThrow();
    const port = (await world.operator.status()).listeners.find(
      (one) => one.name === 'device HTTPS',
    );
    expect(port?.refused[code]).toBeGreaterThan(0);
    expect(port?.refused['tls-failed']).toBeUndefined();
    expect(world.stub.cloud.rows.get('things', 'ALIEN')).toBeUndefined();
  });

  it('of a robot that is cut by the injected fault sees the connection break', async () => {
    const { client } = await enter('CUT');
    using _ = client;
    await world.operator.cut('CUT', 60_000);
    await expect(client.send('GET', '/things/CUT/jobs')).rejects.toThrow();
  });
});

it("is reached by AWS's ALPN name at port 443", async () => {
  const identity = await world.mint('ALPN');
  using client = await deviceClient(world.stub, identity, { ALPNProtocols: ['x-amzn-http-ca'] });
  expect(await client.send('GET', '/things/ALPN/jobs')).toMatchObject(forbidden);
  expect(await client.send('GET', '/things/ALPN/jobs')).toMatchObject({ status: 200 });
});

it('a request of the 101st of a second is throttled', async () => {
  const { client } = await enter('RATE');
  using _ = client;
  const statuses = new Set<number>();
  for (let i = 0; i < 5000 && !statuses.has(429); i++)
    statuses.add((await client.send('GET', '/things/RATE/jobs')).status);
  expect(statuses.has(429)).toBe(true);
});
