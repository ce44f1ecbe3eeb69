import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpsClient, type HttpsClient } from '../../base/https-client.ts';
import { signByAws4 } from '../support/cloud-aws4.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';

let world: TestStub;
let client: HttpsClient;
beforeAll(async () => {
  world = await startTestStub();
  const { https, serverCa } = world.stub.ready;
  client = createHttpsClient(https.url, await readFile(serverCa, 'utf8'));
});
afterAll(async () => {
  client.close();
  await world[Symbol.asyncDispose]();
});

async function request(method: string, path: string, body = '', headers = {}) {
  const { https, operator } = world.stub.ready;
  const credentials = JSON.parse(await readFile(operator, 'utf8'));
  const { host } = new URL(https.url);
  const signed = signByAws4({
    ...{ service: 'iotdata', method, host, path, body, headers, credentials },
  });
  const bytes = Buffer.from(body);
  const answer = await client.send({
    ...{ method, target: path, body: bytes },
    headers: { ...headers, ...signed, 'content-length': bytes.length },
  });
  const json = JSON.parse(answer.body.toString()) as Record<string, unknown>;
  return { status: answer.status, fault: answer.headers['x-amzn-errortype'], json };
}
const encoded = (topic: string) => `/topics/${encodeURIComponent(topic)}`;

describe('a connection', () => {
  it('is described while it lasts and after its end', async () => {
    const { robot } = await world.enter('CON-1');
    const described = await request('GET', '/connections/CON-1?includeSocketInformation=true');
    expect(described.json).toMatchObject({
      ...{ clientId: 'CON-1', thingName: 'CON-1', connected: true, sourceIp: '127.0.0.1' },
      connectedSince: expect.any(Number),
    });
    expect((await request('GET', '/connections/CON-1')).json).not.toHaveProperty('sourceIp');
    await robot[Symbol.asyncDispose]();
    await until(async () => !(await request('GET', '/connections/CON-1')).json['connected']);
    expect((await request('GET', '/connections/CON-1')).json).toMatchObject({
      ...{ connected: false, disconnectReason: 'CONNECTION_LOST' },
    });
  });

  it('is closed by DeleteConnection, with its reason', async () => {
    const { robot } = await world.enter('CON-2');
    await using _ = robot;
    expect((await request('DELETE', '/connections/CON-2')).status).toBe(200);
    await robot.untilClosed();
    expect((await request('GET', '/connections/CON-2')).json).toMatchObject({
      ...{ connected: false, disconnectReason: 'API_INITIATED_DISCONNECT' },
    });
    const again = await request('DELETE', '/connections/CON-2');
    expect([again.status, again.fault]).toEqual([404, 'ResourceNotFoundException']);
  });

  it('stays when its last will were to be withheld, which is not served', async () => {
    const { robot } = await world.enter('CON-3');
    await using _ = robot;
    const answer = await request('DELETE', '/connections/CON-3?preventWillMessage=true');
    expect([answer.status, robot.closed]).toEqual([400, false]);
  });

  it('is not found when the client was never there', async () => {
    expect((await request('GET', '/connections/NOBODY')).status).toBe(404);
  });
});

describe('Publish', () => {
  it('sends a message to a robot that has subscribed to its channel', async () => {
    const { robot } = await world.enter('PUB-1');
    await using _ = robot;
    await robot.subscribe('robots/PUB-1/down/#');
    const topic = 'robots/PUB-1/down/maker/hello world';
    const answer = await request('POST', `${encoded(topic)}?qos=0`, '{"a":1}');
    expect([answer.status, await robot.next(topic)]).toEqual([200, { a: 1 }]);
  });

  it.each([
    ['QoS 1', 'robots/PUB-2/down/x', '?qos=1', 400],
    ['QoS 2', 'robots/PUB-2/down/x', '?qos=2', 400],
    ['a retained message', 'robots/PUB-2/down/x', '?retain=true', 400],
    ['a content type', 'robots/PUB-2/down/x', '?contentType=text', 400],
    ["a robot's own messages", 'robots/PUB-2/up/missions/report', '', 400],
    ['a reserved topic', '$aws/things/PUB-2/shadow/update', '', 400],
    ['a topic of nobody', 'fleet/all', '', 400],
    ['a wildcard', 'robots/PUB-2/down/#', '', 400],
    ['nine levels', 'robots/PUB-2/down/4/5/6/7/8/9', '', 400],
    ['an unknown robot', 'robots/NOBODY/down/x', '', 404],
  ])('rejects %s', async (_name, topic, query, status) => {
    const { robot } = await world.enter('PUB-2');
    await using _ = robot;
    await robot.subscribe('robots/PUB-2/down/#');
    expect((await request('POST', encoded(topic) + query, '{}')).status).toBe(status);
    expect(robot.messages).toEqual([]);
  });

  it('rejects properties of MQTT 5', async () => {
    const headers = { 'x-amz-mqtt5-correlation-data': 'YQ==' };
    const answer = await request('POST', encoded('robots/PUB-1/down/x'), '{}', headers);
    expect(answer.json).toEqual({
      message: 'the header x-amz-mqtt5-correlation-data is not served',
    });
  });
});
