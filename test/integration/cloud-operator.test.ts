import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { createHttpsClient, type HttpsClient } from '../../base/https-client.ts';
import { connectOperator } from '../../cloud-stub/operator-client.ts';
import { signRequest } from '../../cloud-stub/signed-request.ts';
import { sha256Hex } from '../../cloud-stub/sigv4.ts';
import { signByAws4 } from '../support/cloud-aws4.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';

let world: TestStub;
let client: HttpsClient;
let credentials: { accessKeyId: string; secretAccessKey: string };

beforeAll(async () => {
  world = await startTestStub();
  const { https, serverCa, operator } = world.stub.ready;
  client = createHttpsClient(https.url, await readFile(serverCa, 'utf8'));
  credentials = JSON.parse(await readFile(operator, 'utf8'));
});
afterAll(async () => {
  client.close();
  await world[Symbol.asyncDispose]();
});

/** A request signed by `aws4`, as AWS's tools would send it. */
async function asAws(service: string, method: string, path: string, body = '') {
  const { host } = new URL(world.stub.ready.https.url);
  const headers = signByAws4({ service, method, host, path, body, headers: {}, credentials });
  const bytes = Buffer.from(body);
  const answer = await client.send({
    method,
    target: path,
    headers: { ...headers, 'content-length': bytes.length },
    body: bytes,
  });
  const text = answer.body.toString();
  return { ...answer, json: text ? JSON.parse(text) : undefined };
}

describe('an operator request', () => {
  it('is rejected without a signature', async () => {
    for (const [method, target] of [
      ['GET', '/things'],
      ['GET', '/pilotfish/status'],
      ['POST', '/pilotfish/faults'],
      ['PUT', '/certificates/x?newStatus=REVOKED'],
      ['GET', '/nowhere'],
    ] as const) {
      const answer = await client.send({ method, target, headers: {} });
      expect([target, answer.status]).toEqual([target, 403]);
      expect(answer.headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException');
    }
    const answer = await client.send({ method: 'PUT', target: '/objects/firmware/x', headers: {} });
    expect(answer.status).toBe(403);
  });

  it('may be signed for execute-api, as older clients do, but for no service that is not served', async () => {
    expect((await asAws('execute-api', 'GET', '/things')).status).toBe(200);
    const other = await asAws('lambda', 'GET', '/things');
    expect([other.status, other.json.message]).toEqual([
      403,
      'Credential should be scoped to one of: iot, execute-api, iotdata, iot-jobs-data',
    ]);
  });

  it('is rejected with another key', async () => {
    const path = join(world.folder, 'guess.json');
    const { accessKeyId } = credentials;
    await writeFile(
      path,
      JSON.stringify({ accessKeyId, secretAccessKey: 'x', region: 'us-east-1' }),
    );
    using guess = await connectOperator({ ...world.stub.ready, operator: path }, systemClock);
    await expect(guess.status()).rejects.toMatchObject({ code: 'invalid-signature' });
    await expect(guess.putObject('firmware/x', Buffer.from('x'), 'a/b')).rejects.toMatchObject({
      code: 'signature-does-not-match',
    });
  });

  it('is rejected when its clock is far off or its body is not the signed one', async () => {
    const late = { ...systemClock, wallMs: () => systemClock.wallMs() - 600_000 };
    using slow = await connectOperator(world.stub.ready, late);
    await expect(slow.status()).rejects.toMatchObject({ code: 'invalid-signature' });
    const { host } = new URL(world.stub.ready.https.url);
    const request = {
      service: 'iot',
      method: 'POST',
      host,
      path: '/pilotfish/faults',
      credentials,
    };
    const headers = signByAws4({ ...request, headers: {}, body: '{"kind":"drop","percent":0}' });
    const body = Buffer.from('{"kind":"drop","percent":9}');
    const post = { method: 'POST', target: request.path };
    expect((await client.send({ ...post, headers, body })).status).toBe(403);
    const options = { nowMs: systemClock.wallMs(), region: 'us-east-1', service: 'iot' };
    const payloadHash = sha256Hex('{"kind":"drop","percent":0}');
    const signed = signRequest(
      { ...post, headers: { host } },
      { ...options, credentials, payloadHash },
    );
    expect((await client.send({ ...post, headers: { host, ...signed }, body })).status).toBe(403);
  });

  it("is signed with a key that only the folder's owner can read", async () => {
    const mode = async (path: string) => (await stat(path)).mode & 0o777;
    const { dir, operator } = world.stub.ready;
    expect(await mode(operator)).toBe(0o600);
    expect(await mode(join(dir, 'server', 'server.key'))).toBe(0o600);
    expect(await mode(join(dir, 'server', 'ca.key'))).toBe(0o600);
    expect(await mode(dir)).toBe(0o700);
  });
});

describe("AWS's own operations", () => {
  it('list things and certificates in pages', async () => {
    for (const name of ['AWS-1', 'AWS-2', 'AWS-3']) {
      await (await world.enter(name)).robot[Symbol.asyncDispose]();
    }
    const first = await asAws('iot', 'GET', '/things?maxResults=2');
    expect(first.json.things.map((thing: { thingName: string }) => thing.thingName)).toEqual([
      'AWS-1',
      'AWS-2',
    ]);
    const rest = await asAws(
      'iot',
      'GET',
      `/things?maxResults=2&nextToken=${first.json.nextToken}`,
    );
    expect(rest.json).toMatchObject({ things: [{ thingName: 'AWS-3' }] });
    expect(rest.json.nextToken).toBeUndefined();
    const { json } = await asAws('iot', 'GET', '/certificates');
    expect(json.certificates).toHaveLength(3);
    const [{ certificateId }] = json.certificates;
    const one = await asAws('iot', 'GET', `/certificates/${certificateId}`);
    expect(one.json.certificateDescription).toMatchObject({ certificateId, status: 'ACTIVE' });
    const { caCertificateId } = one.json.certificateDescription;
    const byCa = async (ca: string) =>
      (await asAws('iot', 'GET', `/certificates-by-ca/${ca}?pageSize=2`)).json;
    expect(await byCa(caCertificateId)).toMatchObject({
      certificates: [{}, {}],
      nextMarker: expect.any(String),
    });
    expect(await byCa('f'.repeat(64))).toEqual({ certificates: [] });
    const set = await asAws('iot', 'PUT', `/certificates/${certificateId}?newStatus=INACTIVE`);
    expect(set.status).toBe(200);
    const none = await asAws('iot', 'PUT', '/certificates/none?newStatus=ACTIVE');
    expect([none.status, none.headers['x-amzn-errortype']]).toEqual([
      404,
      'ResourceNotFoundException',
    ]);
  });

  it('update a shadow, and the robot receives the delta', async () => {
    const { robot } = await world.enter('SHA-1');
    await using _ = robot;
    const none = await asAws('iotdata', 'GET', '/things/SHA-1/shadow');
    expect([none.status, none.headers['x-amzn-errortype'], none.json]).toEqual([
      404,
      'ResourceNotFoundException',
      { message: "No shadow exists with name: 'SHA-1'" },
    ]);
    await robot.subscribe('$aws/things/SHA-1/shadow/update/+');
    const body = JSON.stringify({ state: { desired: { vac: 2 } } });
    const { status, json } = await asAws('iotdata', 'POST', '/things/SHA-1/shadow', body);
    expect([status, json.version]).toEqual([200, 1]);
    expect(await robot.next('$aws/things/SHA-1/shadow/update/delta')).toMatchObject({
      state: { vac: 2 },
      version: 1,
    });
    await robot.next('$aws/things/SHA-1/shadow/update/accepted');
    robot.publish('$aws/things/SHA-1/shadow/update', { state: { reported: { vac: 2 } } });
    await until(async () => (await world.operator.shadow('SHA-1'))?.version === 2);
    const got = await asAws('iotdata', 'GET', '/things/SHA-1/shadow');
    expect(got.json.state).toEqual({ desired: { vac: 2 }, reported: { vac: 2 } });
    const stale = await asAws(
      'iotdata',
      'POST',
      '/things/SHA-1/shadow',
      '{"state":{},"version":1}',
    );
    expect([stale.status, stale.headers['x-amzn-errortype']]).toEqual([409, 'ConflictException']);
    expect((await asAws('iotdata', 'DELETE', '/things/SHA-1/shadow')).status).toBe(200);
  });

  it('run a job from its creation to its end', async () => {
    const { robot } = await world.enter('JOB-1');
    await using _ = robot;
    await robot.subscribe('$aws/things/JOB-1/jobs/notify-next');
    const job = {
      targets: ['arn:aws:iot:us-east-1:000000000000:thing/JOB-1'],
      document: '{"a":1}',
    };
    const made = await asAws('iot', 'PUT', '/jobs/j1', JSON.stringify(job));
    expect(made.json).toMatchObject({ jobId: 'j1', jobArn: expect.stringContaining('job/j1') });
    expect((await asAws('iot', 'PUT', '/jobs/j1', JSON.stringify(job))).status).toBe(409);
    expect(await robot.next('$aws/things/JOB-1/jobs/notify-next')).toMatchObject({
      execution: { jobId: 'j1', status: 'QUEUED', jobDocument: { a: 1 } },
    });
    robot.publish('$aws/things/JOB-1/jobs/start-next', '{"statusDetails":{"step":"1"}}');
    await robot.next('$aws/things/JOB-1/jobs/start-next/accepted');
    robot.publish('$aws/things/JOB-1/jobs/j1/update', {
      status: 'SUCCEEDED',
      expectedVersion: '2',
    });
    await robot.next('$aws/things/JOB-1/jobs/j1/update/accepted');
    const { json } = await asAws('iot', 'GET', '/jobs/j1');
    expect(json.job).toMatchObject({
      status: 'COMPLETED',
      jobProcessDetails: { numberOfSucceededThings: 1, numberOfQueuedThings: 0 },
    });
    const list = await asAws('iot', 'GET', '/jobs/j1/things?status=SUCCEEDED');
    expect(list.json.executionSummaries).toMatchObject([
      { jobExecutionSummary: { status: 'SUCCEEDED' } },
    ]);
    const one = await asAws('iot', 'GET', '/things/JOB-1/jobs/j1');
    expect(one.json.execution).toMatchObject({
      versionNumber: 3,
      statusDetails: { detailsMap: { step: '1' } },
    });
  });

  it("serve the device's side of jobs over HTTP, selected by the signature's scope", async () => {
    const { robot } = await world.enter('JOB-2');
    await using _ = robot;
    const job = { targets: ['JOB-2'], document: '{"a":1}' };
    await asAws('iot', 'PUT', '/jobs/j2', JSON.stringify(job));
    const pending = await asAws('iot-jobs-data', 'GET', '/things/JOB-2/jobs');
    expect(pending.json).toMatchObject({ queuedJobs: [{ jobId: 'j2' }], inProgressJobs: [] });
    // Both services have this path, and each its own parameters.
    const path = '/things/JOB-2/jobs/j2?executionNumber';
    const statuses = [
      await asAws('iot', 'GET', `${path}=1`),
      await asAws('iot', 'GET', `${path}=2`),
      await asAws('iot', 'GET', `${path}=1&includeJobDocument=true`),
      await asAws('iot-jobs-data', 'GET', `${path}=1&includeJobDocument=true`),
      await asAws('iot-jobs-data', 'GET', '/things/JOB-2/jobs?maxResults=1'),
    ].map(({ status }) => status);
    expect(statuses).toEqual([200, 404, 400, 200, 400]);
    const started = await asAws('iot-jobs-data', 'PUT', '/things/JOB-2/jobs/$next', '{}');
    expect(started.json.execution).toMatchObject({ status: 'IN_PROGRESS', jobDocument: '{"a":1}' });
    const next = await asAws('iot-jobs-data', 'GET', '/things/JOB-2/jobs/%24next');
    expect(next.json.execution).toMatchObject({ jobId: 'j2', versionNumber: 2 });
    const update = '{"status":"FAILED","includeJobExecutionState":true}';
    const updated = await asAws('iot-jobs-data', 'POST', '/things/JOB-2/jobs/j2', update);
    expect(updated.json.executionState).toMatchObject({ status: 'FAILED', versionNumber: 3 });
    const unknown = await asAws('iot-jobs-data', 'GET', '/things/JOB-2/jobs/j2');
    expect([unknown.status, unknown.headers['x-amzn-errortype']]).toEqual([
      410,
      'TerminalStateException',
    ]);
  });
});

describe('named shadows over HTTPS', () => {
  it('are updated, read, listed in pages and deleted', async () => {
    const path = (name: string) => `/things/NAMED-1/shadow?name=${name}`;
    for (const name of ['lamp', 'pump', 'tank']) {
      const made = await asAws('iotdata', 'POST', path(name), '{"state":{"reported":{"a":1}}}');
      expect(made.json).toMatchObject({ version: 1 });
    }
    const { json } = await asAws('iotdata', 'GET', path('lamp'));
    expect(json.state).toEqual({ reported: { a: 1 } });
    expect((await asAws('iotdata', 'GET', '/things/NAMED-1/shadow')).status).toBe(404);
    const list = '/api/things/shadow/ListNamedShadowsForThing/NAMED-1';
    const first = await asAws('iotdata', 'GET', `${list}?pageSize=2`);
    expect(first.json).toMatchObject({ results: ['lamp', 'pump'] });
    const rest = await asAws('iotdata', 'GET', `${list}?nextToken=${first.json.nextToken}`);
    expect(rest.json.results).toEqual(['tank']);
    expect((await asAws('iotdata', 'DELETE', path('lamp'))).status).toBe(200);
    expect((await asAws('iotdata', 'GET', list)).json.results).toEqual(['pump', 'tank']);
    const unnamed = await asAws('iotdata', 'GET', path('a%20b'));
    expect([unnamed.status, unnamed.headers['x-amzn-errortype']]).toEqual([
      ...[400, 'InvalidRequestException'],
    ]);
  });
});

describe('our own operations', () => {
  it('reject invalid input with one line', async () => {
    const refused = async (path: string, body: unknown) => {
      const answer = await asAws('iot', 'POST', path, JSON.stringify(body));
      return [answer.status, answer.headers['x-amzn-errortype']];
    };
    const bad = [400, 'InvalidRequestException'];
    await (await world.enter('OUR-1')).robot[Symbol.asyncDispose]();
    expect(await refused('/pilotfish/commands', {})).toEqual(bad);
    const fly = { robot: 'OUR-1', command: 'fly', lifeMs: 1 };
    expect(await refused('/pilotfish/commands', fly)).toEqual(bad);
    expect(await refused('/pilotfish/commands', { ...fly, robot: 'NOBODY' })).toEqual([
      404,
      'ResourceNotFoundException',
    ]);
    expect(await refused('/pilotfish/faults', { kind: 'cut' })).toEqual(bad);
    const status = 'PENDING_ACTIVATION';
    expect(await refused('/pilotfish/certificates', { robot: 'OUR-1', status })).toEqual(bad);
    expect(await refused('/pilotfish/certificates', { robot: 'OUR-1', status: 'x' })).toEqual(bad);
    expect(await refused('/pilotfish/decommissioned', { robot: 'OUR-1' })).toEqual(bad);
    const nobody = [404, 'ResourceNotFoundException'];
    const active = { robot: 'NOBODY', status: 'ACTIVE' };
    expect(await refused('/pilotfish/certificates', active)).toEqual(nobody);
    const gone = { robot: 'NOBODY', decommissioned: true };
    expect(await refused('/pilotfish/decommissioned', gone)).toEqual(nobody);
    expect(await refused('/pilotfish/decommissioned', { ...gone, forMs: 1 })).toEqual(bad);
    expect(await refused('/pilotfish/faults', { kind: 'drop', percent: 101 })).toEqual(bad);
    const unknown = await asAws('iot', 'GET', '/pilotfish/none');
    expect([unknown.status, unknown.headers['x-amzn-errortype']]).toEqual([
      404,
      'UnknownOperationException',
    ]);
  });

  it('report the state of the fleet', async () => {
    const { robot } = await world.enter('OUR-2');
    await using _ = robot;
    robot.publish('robots/OUR-2/up/missions/report', '{');
    await until(async () => {
      const { robots } = await world.operator.status();
      const mine = robots.find((one) => one.robot === 'OUR-2');
      return mine?.presence?.state === 'connected' && mine.refusals['not-json'] === 1;
    });
  });
});
