import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awsClient } from '../support/cloud-aws-http.ts';
import { connectRobot } from '../support/cloud-client.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';

let world: TestStub;
let aws: Awaited<ReturnType<typeof awsClient>>;

beforeAll(async () => {
  world = await startTestStub();
  aws = await awsClient(world.stub);
});
afterAll(async () => {
  aws[Symbol.dispose]();
  await world[Symbol.asyncDispose]();
});

describe('a certificate', () => {
  it('that is detached by a signed header admits its robot no more, until it is attached', async () => {
    const { identity, robot } = await world.enter('REG-1');
    const path = '/things/REG-1/principals';
    const { json } = await aws.send('GET', path);
    const headers = { 'x-amzn-principal': json.principals[0] };
    const forged = await aws.send('DELETE', path, { unsigned: headers });
    expect(forged.status).toBe(403);
    expect((await aws.send('DELETE', path, { headers })).status).toBe(200);
    expect(robot.closed).toBe(false);
    await robot[Symbol.asyncDispose]();
    const attempt = async () => {
      await using client = await connectRobot(world.stub.ready, identity);
      return client.attempt;
    };
    expect(await attempt()).toBe('closed');
    expect((await aws.send('GET', '/principals/things', { headers })).json).toEqual({ things: [] });
    expect((await aws.send('PUT', path, { headers })).status).toBe(200);
    expect(await attempt()).toBe('connected');
    const [id = ''] = json.principals[0].split('/').slice(-1);
    const kept = await aws.send('DELETE', `/certificates/${id}`);
    expect([kept.status, kept.fault]).toEqual([406, 'CertificateStateException']);
  });

  it('names a CA that can be described, and the endpoints are those of the stub', async () => {
    await (await world.enter('REG-2')).robot[Symbol.asyncDispose]();
    const { certificates } = (await aws.send('GET', '/certificates')).json;
    const one = await aws.send('GET', `/certificates/${certificates[0].certificateId}`);
    const { caCertificateId } = one.json.certificateDescription;
    const ca = await aws.send('GET', `/cacertificate/${caCertificateId}`);
    expect(ca.json.certificateDescription).toMatchObject({
      ...{ status: 'ACTIVE', autoRegistrationStatus: 'ENABLE' },
      certificatePem: world.ca.certificatePem,
    });
    expect((await aws.send('GET', '/cacertificates')).json.certificates).toHaveLength(2);
    const { mqtt, https } = world.stub.ready;
    const endpoint = async (type: string) =>
      (await aws.send('GET', `/endpoint?endpointType=${type}`)).json.endpointAddress;
    expect(await endpoint('iot:Data-ATS')).toBe(`${mqtt.host}:${mqtt.port}`);
    expect(`https://${await endpoint('iot:Jobs')}`).toBe(https.url);
  });
});

describe('a group', () => {
  it('gives the job of its group to a connected robot that joins, also after a restart', async () => {
    const { identity, robot } = await world.enter('REG-3');
    await robot[Symbol.asyncDispose]();
    const thingGroupName = 'lab';
    const made = await aws.send('POST', `/thing-groups/${thingGroupName}`, { fields: {} });
    const { thingGroupArn } = made.json;
    const job = { targets: [thingGroupArn], targetSelection: 'CONTINUOUS', document: '{"a":1}' };
    expect((await aws.send('PUT', '/jobs/r1', { fields: job })).status).toBe(200);
    await world.restart();
    aws[Symbol.dispose]();
    aws = await awsClient(world.stub);
    await using back = await connectRobot(world.stub.ready, identity);
    await back.subscribe('$aws/things/REG-3/jobs/notify-next');
    const member = { thingGroupName, thingName: 'REG-3' };
    await aws.send('PUT', '/thing-groups/addThingToThingGroup', { fields: member });
    expect(await back.next('$aws/things/REG-3/jobs/notify-next')).toMatchObject({
      execution: { jobId: 'r1', status: 'QUEUED', jobDocument: { a: 1 } },
    });
    const { json } = await aws.send('GET', '/jobs/r1');
    expect(json.job).toMatchObject({ targets: [thingGroupArn], status: 'IN_PROGRESS' });
  });
});
