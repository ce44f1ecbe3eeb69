import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installSdk } from '../support/aws-clients.ts';
import { type AwsDevice, DeviceError, startAwsDevice } from '../support/aws-device.ts';
import { connectRobot } from '../support/cloud-client.ts';
import type { Identity } from '../support/cloud-pki.ts';
import { makeRequest } from '../support/cloud-renewal.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';

/** AWS's IoT device SDK v2 for JavaScript, unmodified, as a robot of the stub: MQTT 3.1.1 with mutual TLS. */

let world: TestStub;
beforeAll(async () => {
  await installSdk();
  world = await startTestStub();
});
afterAll(() => world[Symbol.asyncDispose]());

const deviceOf = (identity: Identity) => startAwsDevice('v2', world.stub.ready, identity);

/** A robot that has had its first contact; not connected. */
async function known(name: string): Promise<Identity> {
  const identity = await world.mint(name);
  await (await connectRobot(world.stub.ready, identity)).untilClosed();
  return identity;
}

async function connected(name: string): Promise<AwsDevice> {
  const device = await deviceOf(await known(name));
  await device.call('connect');
  return device;
}

/** What the SDK threw. */
const faultOf = (call: Promise<unknown>): Promise<object> =>
  call.then(
    (output) => ({ output }),
    (error: unknown) => (error instanceof DeviceError ? error.details : { error: String(error) }),
  );

const token = {
  clientToken: expect.stringMatching(/^[0-9a-f-]{36}$/),
  timestamp: expect.any(Number),
};

describe('a connection of device SDK v2', () => {
  it('is closed at the first contact of a robot, and accepted at the next', async () => {
    await using device = await deviceOf(await world.mint('V2-FIRST'));
    expect(await faultOf(device.call('connect'))).toMatchObject({
      error: expect.stringMatching(/AWS_IO_SOCKET_CLOSED|AWS_ERROR_MQTT_UNEXPECTED_HANGUP/),
    });
    expect(await device.call('connect')).toEqual({ sessionPresent: false });
  });

  it('is refused by CONNACK 0x84 with MQTT 5, and accepted with MQTT 3.1.1 then', async () => {
    await using device = await deviceOf(await known('V2-FIVE'));
    expect(await device.call('mqtt5')).toEqual({
      error: 'AWS_ERROR_MQTT5_CONNACK_CONNECTION_REFUSED',
      reasonCode: 0x84,
    });
    expect(await device.call('connect')).toEqual({ sessionPresent: false });
  });

  it("carries the robot's own channels, and a filter of another robot is refused", async () => {
    await using device = await connected('V2-OWN');
    const granted = await device.call('subscribe', 'robots/V2-OWN/down/#');
    expect(granted).toEqual({ error_code: 0, granted: 1 });
    await device.call('publish', 'robots/V2-OWN/up/time', '{"v":1,"token":"0000000000000001"}');
    expect(await device.event('robots/V2-OWN/down/time')).toMatchObject({
      token: '0000000000000001',
      cloudMs: expect.any(Number),
    });
    expect(await device.call('subscribe', 'robots/OTHER/down/#')).toMatchObject({ granted: 0x80 });
  });

  it('is closed after a publish to a topic of another robot, and opened again by the SDK', async () => {
    await using device = await connected('V2-LOUD');
    await device.call('publish', 'robots/OTHER/up/time', '{}', 0);
    await device.event('interrupt');
    expect(await device.event('resume')).toEqual({ sessionPresent: false });
  });
});

describe.each([
  ['the classic shadow', '', {}],
  ['a named shadow', 'Named', { shadowName: 'map' }],
])('%s by device SDK v2', (_, word, id) => {
  const thingName = `V2-S${word}`;
  const named = { thingName, ...id };
  const name = word === '' ? thingName : 'map';

  it('is updated, read, rejected and deleted, with its events', async () => {
    await using device = await connected(thingName);
    const request = (operation: string, input: object = {}) =>
      device.call('request', 'shadow', operation.replace('X', word), { ...named, ...input });
    const [deltas, documents] = ['createXShadowDeltaUpdatedStream', 'createXShadowUpdatedStream'];
    const stream = (one = '') => device.call('stream', 'shadow', one.replace('X', word), named);
    expect([await stream(deltas), await stream(documents)]).toEqual([0, 0]);

    const none = { code: 404, message: `No shadow exists with name: '${name}'` };
    expect(await faultOf(request('getXShadow'))).toMatchObject({ ...none, ...token });
    const state = { desired: { fan: { speed: 2 }, eco: true }, reported: { fan: { speed: 1 } } };
    expect(await request('updateXShadow', { state, version: 0 })).toMatchObject({
      ...{ state, version: 1, ...token },
      metadata: { desired: { fan: { speed: { timestamp: expect.any(Number) } } } },
    });
    const delta = { fan: { speed: 2 }, eco: true };
    expect(await device.event(deltas.replace('X', word))).toMatchObject({
      ...{ state: delta, version: 1, ...token },
    });
    expect(await device.event(documents.replace('X', word))).toMatchObject({
      previous: { version: 0, state: {} },
      current: { version: 1, state },
    });
    expect(await request('getXShadow')).toMatchObject({
      ...{ state: { ...state, delta }, version: 1 },
    });

    expect(await faultOf(request('updateXShadow', { state, version: 7 }))).toMatchObject({
      code: 409,
      message: 'Version conflict',
    });
    expect(await faultOf(request('updateXShadow'))).toMatchObject({ code: 400 });
    const reported = { fan: { speed: 2 }, eco: null };
    await request('updateXShadow', { state: { reported, desired: { eco: null } } });
    const { state: rest } = (await request('getXShadow')) as { state: object };
    expect(rest).toEqual({ desired: { fan: { speed: 2 } }, reported: { fan: { speed: 2 } } });
    // The second update leaves no difference, so it has documents but no delta.
    expect(await device.event(documents.replace('X', word), 2)).toMatchObject({
      current: { version: 2 },
    });
    expect(device.events(deltas.replace('X', word))).toHaveLength(1);

    expect(await request('deleteXShadow')).toMatchObject({ version: 2, ...token });
    expect(await faultOf(request('deleteXShadow'))).toMatchObject({ code: 404 });
  });
});

describe('jobs by device SDK v2', () => {
  const thingName = 'V2-JOBS';
  const pending = 'createJobExecutionsChangedStream';
  const next = 'createNextJobExecutionChangedStream';
  const document = { operation: 'reboot', files: [{ name: 'a' }] };

  it('are announced, listed, started, described and updated to their end', async () => {
    await using device = await connected(thingName);
    const request = (operation: string, input: object = {}) =>
      device.call('request', 'jobs', operation, { thingName, ...input });
    for (const one of [pending, next]) await device.call('stream', 'jobs', one, { thingName });
    const idle = await request('getPendingJobExecutions');
    expect(idle).toEqual({ inProgressJobs: [], queuedJobs: [], ...token });
    expect(await request('startNextPendingJobExecution')).toEqual(token);

    for (const jobId of ['one', 'two']) {
      await world.operator.createJob({ jobId, targets: [thingName], document });
    }
    expect(await device.event(pending, 2)).toMatchObject({
      jobs: { QUEUED: [{ jobId: 'one' }, { jobId: 'two' }] },
    });
    expect(await device.event(next)).toMatchObject({
      execution: { jobId: 'one', status: 'QUEUED', jobDocument: document, versionNumber: 1 },
    });
    const started = await request('startNextPendingJobExecution', {
      ...{ statusDetails: { step: 'a' }, stepTimeoutInMinutes: 5 },
    });
    expect(started).toMatchObject({
      execution: { jobId: 'one', status: 'IN_PROGRESS', statusDetails: { step: 'a' } },
      ...token,
    });
    expect(await request('getPendingJobExecutions')).toMatchObject({
      inProgressJobs: [{ jobId: 'one', versionNumber: 2 }],
      queuedJobs: [{ jobId: 'two', versionNumber: 1 }],
    });
    // This client sends no `includeJobDocument` that is false.
    expect(await request('describeJobExecution', { jobId: '$next' })).toMatchObject({
      execution: { jobId: 'one', jobDocument: document },
    });

    const update = (jobId: string, input: object) =>
      request('updateJobExecution', { jobId, ...input });
    expect(await faultOf(update('one', { status: 'SUCCEEDED', expectedVersion: 9 }))).toMatchObject(
      {
        code: 'VersionMismatch',
        executionState: { status: 'IN_PROGRESS', versionNumber: 2 },
        ...token,
      },
    );
    const done = { status: 'SUCCEEDED', statusDetails: { step: 'b' }, expectedVersion: 2 };
    expect(
      await update('one', { ...done, includeJobExecutionState: true, includeJobDocument: true }),
    ).toEqual({
      executionState: { status: 'SUCCEEDED', statusDetails: { step: 'b' }, versionNumber: 3 },
      jobDocument: document,
      ...token,
    });
    expect(await device.event(next, 2)).toMatchObject({ execution: { jobId: 'two' } });
    expect(await update('two', { status: 'REJECTED' })).toEqual(token);
    expect(await device.event(next, 3)).toEqual({ timestamp: expect.any(Number) });
    expect(await device.event(pending, 4)).toEqual({ timestamp: expect.any(Number), jobs: {} });

    expect(await faultOf(update('one', { status: 'FAILED' }))).toMatchObject({
      code: 'InvalidStateTransition',
      executionState: { status: 'SUCCEEDED' },
    });
    for (const [jobId, code] of [
      ['one', 'TerminalStateReached'],
      ['none', 'ResourceNotFound'],
    ]) {
      const fault = await faultOf(request('describeJobExecution', { jobId }));
      expect(fault).toMatchObject({ code });
    }
    expect((await world.operator.job('one')).status).toBe('COMPLETED');
  });

  it('and shadows are served to the clients of before 2025, too', async () => {
    const thing = { thingName: 'V2-OLD' };
    await using device = await connected('V2-OLD');
    for (const [service, one, input] of [
      ['oldJobs', 'subscribeToNextJobExecutionChangedEvents', thing],
      ['oldJobs', 'subscribeToStartNextPendingJobExecutionAccepted', thing],
      ['oldJobs', 'subscribeToDescribeJobExecutionAccepted', { ...thing, jobId: 'old' }],
      ['oldJobs', 'subscribeToUpdateJobExecutionRejected', { ...thing, jobId: 'old' }],
      ['oldShadow', 'subscribeToUpdateShadowAccepted', thing],
      ['oldShadow', 'subscribeToGetShadowRejected', thing],
    ]) {
      await device.call('oldSubscribe', service, one, input);
    }
    const publish = (...args: unknown[]) => device.call('oldPublish', ...args);
    await publish('oldShadow', 'publishGetShadow', thing);
    expect(await device.event('subscribeToGetShadowRejected')).toMatchObject({ code: 404 });
    await publish('oldShadow', 'publishUpdateShadow', { ...thing, state: { reported: { a: 1 } } });
    expect(await device.event('subscribeToUpdateShadowAccepted')).toMatchObject({ version: 1 });
    await world.operator.createJob({ jobId: 'old', targets: ['V2-OLD'], document });
    const announced = await device.event('subscribeToNextJobExecutionChangedEvents');
    expect(announced).toMatchObject({ execution: { jobId: 'old', jobDocument: document } });
    await publish('oldJobs', 'publishStartNextPendingJobExecution', thing);
    const started = await device.event('subscribeToStartNextPendingJobExecutionAccepted');
    expect(started).toMatchObject({ execution: { jobId: 'old', status: 'IN_PROGRESS' } });
    const id = { ...thing, jobId: 'old' };
    await publish('oldJobs', 'publishDescribeJobExecution', { ...id, includeJobDocument: false });
    const described = await device.event('subscribeToDescribeJobExecutionAccepted');
    expect(described).toMatchObject({ execution: { jobId: 'old' } });
    expect(described).not.toHaveProperty('execution.jobDocument');
    const wrong = { ...id, status: 'SUCCEEDED', expectedVersion: 5 };
    await publish('oldJobs', 'publishUpdateJobExecution', wrong);
    const rejected = await device.event('subscribeToUpdateJobExecutionRejected');
    expect(rejected).toMatchObject({ code: 'VersionMismatch' });
  });
});

describe('a renewal by device SDK v2', () => {
  const templateName = 'pilotfish';

  it('gives the robot a certificate for its own key, with which it connects', async () => {
    const name = 'V2-RENEW';
    await using device = await connected(name);
    const { csr, key } = await makeRequest(name);
    const created = await device.call<Record<string, string>>(
      ...(['request', 'identity', 'createCertificateFromCsr'] as const),
      { certificateSigningRequest: csr },
    );
    const { certificateId = '', certificatePem = '', certificateOwnershipToken } = created;
    const registered = await device.call('request', 'identity', 'registerThing', {
      ...{ templateName, certificateOwnershipToken, parameters: { SerialNumber: name } },
    });
    expect(registered).toEqual({ deviceConfiguration: {}, thingName: name });
    await device.call('disconnect');
    await using renewed = await deviceOf({ name, key, cert: certificatePem, certificateId });
    expect(await renewed.call('connect')).toEqual({ sessionPresent: false });
    await until(() => world.stub.cloud.rows.get('presence', name)?.certificateId === certificateId);
  });

  it('is rejected without a valid request, token or template', async () => {
    await using device = await connected('V2-FAULTY');
    const request = (operation: string, input: object) =>
      faultOf(device.call('request', 'identity', operation, input));
    const { csr } = await makeRequest('OTHER');
    expect(
      await request('createCertificateFromCsr', { certificateSigningRequest: csr }),
    ).toMatchObject({ statusCode: 403, errorCode: 'AccessDenied' });
    const wrong = { certificateOwnershipToken: 'x', parameters: { SerialNumber: 'V2-FAULTY' } };
    expect(await request('registerThing', { templateName, ...wrong })).toMatchObject({
      ...{ statusCode: 400, errorCode: 'InvalidCertificateOwnershipToken' },
    });
    expect(await request('registerThing', { templateName: 'none', ...wrong })).toMatchObject({
      ...{ statusCode: 404, errorCode: 'ResourceNotFound' },
    });
  });

  it('by keys that the cloud makes is refused at the subscription', async () => {
    await using device = await connected('V2-KEYS');
    const fault = faultOf(device.call('request', 'identity', 'createKeysAndCertificate', {}));
    expect(await fault).toEqual({ error: 'Error: CrtError' });
    const certificates = world.stub.cloud.rows.list('certificates').map(({ value }) => value);
    expect(certificates.filter(({ commonName }) => commonName === 'V2-KEYS')).toHaveLength(1);
  });
});
