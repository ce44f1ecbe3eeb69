import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installSdk } from '../support/aws-clients.ts';
import { type AwsDevice, type DeviceKind, startAwsDevice } from '../support/aws-device.ts';
import { connectRobot } from '../support/cloud-client.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';

/** AWS's first IoT device SDK for JavaScript, unmodified, as a robot of the stub: its classes `thingShadow` and `jobs`. */

let world: TestStub;
beforeAll(async () => {
  await installSdk();
  world = await startTestStub();
});
afterAll(() => world[Symbol.asyncDispose]());

async function connected(kind: DeviceKind, name: string): Promise<AwsDevice> {
  const identity = await world.mint(name);
  await (await connectRobot(world.stub.ready, identity)).untilClosed();
  const device = await startAwsDevice(kind, world.stub.ready, identity);
  await device.event('connect');
  return device;
}

interface Status {
  readonly clientToken: string;
  readonly state: Readonly<Record<string, unknown>>;
}

describe("thingShadow of AWS's first device SDK", () => {
  it('updates, reads and deletes the shadow, and receives its differences and rejections', async () => {
    const thing = 'V1-S';
    await using device = await connected('thingShadow', thing);
    await device.call('register', thing, {});
    /** One operation and its outcome: the SDK allows one at a time. */
    const operate = async (operation: string, status: string, state?: object) => {
      const count = device.events(status).length + 1;
      const clientToken = await device.call('shadow', operation, thing, state);
      const answer = await device.event<Status>(status, count);
      expect(answer).toMatchObject({ thing, clientToken });
      return answer.state;
    };
    expect(await operate('get', 'rejected')).toMatchObject({ code: 404 });
    const state = { desired: { fan: 2 }, reported: { fan: 1 } };
    const accepted = await operate('update', 'accepted', { state });
    expect(accepted).toMatchObject({ state, version: 1 });
    expect(await device.event('delta')).toMatchObject({ thing, state: { state: { fan: 2 } } });
    expect(await operate('get', 'accepted')).toMatchObject({
      ...{ state: { ...state, delta: { fan: 2 } }, version: 1 },
    });
    const invalid = await operate('update', 'rejected', { state: { wanted: { fan: 1 } } });
    expect(invalid).toMatchObject({ code: 400, message: 'State contains an invalid node' });

    await world.operator.updateShadow(thing, { desired: { fan: 3 } });
    expect(await device.event('foreignStateChange')).toMatchObject({
      ...{ operation: 'update', state: { state: { desired: { fan: 3 } } } },
    });
    expect(await device.event('delta', 2)).toMatchObject({ state: { state: { fan: 3 } } });
    // The SDK sends the version that it knows.
    const reported = await operate('update', 'accepted', { state: { reported: { fan: 3 } } });
    expect(reported).toMatchObject({ version: 3 });
    expect(await operate('delete', 'accepted')).toMatchObject({ version: 3 });
    expect(device.events('timeout')).toEqual([]);
  });

  it("publishes and receives on the robot's own channels", async () => {
    await using device = await connected('thingShadow', 'V1-OWN');
    const granted = [{ topic: 'robots/V1-OWN/down/#', qos: 1 }];
    expect(await device.call('subscribe', 'robots/V1-OWN/down/#')).toEqual(granted);
    await device.call('publish', 'robots/V1-OWN/up/time', '{"v":1,"token":"0000000000000001"}');
    expect(await device.event('robots/V1-OWN/down/time')).toMatchObject({
      token: '0000000000000001',
    });
    const refused = [{ topic: 'robots/OTHER/down/#', qos: 0x80 }];
    expect(await device.call('subscribe', 'robots/OTHER/down/#')).toEqual(refused);
  });
});

describe("jobs of AWS's first device SDK", () => {
  const create = (jobId: string, document: object) =>
    world.operator.createJob({ jobId, targets: ['V1-J'], document });
  const status = async (jobId: string) => (await world.operator.execution('V1-J', jobId)).status;

  it('calls back for the waiting job and for each next one, and sets their status', async () => {
    await using device = await connected('jobs', 'V1-J');
    await create('waiting', { operation: 'reboot', delay: 1 });
    await device.call('subscribeToJobs', 'V1-J', 'reboot');
    await device.call('startJobNotifications', 'V1-J');
    expect(await device.event('job')).toMatchObject({
      ...{ id: 'waiting', operation: 'reboot', document: { delay: 1 } },
      status: { status: 'QUEUED', statusDetails: {} },
    });
    await device.call('job', 'inProgress', { step: 'a' });
    await expect.poll(() => status('waiting')).toBe('IN_PROGRESS');
    const execution = await world.operator.execution('V1-J', 'waiting');
    expect(execution.statusDetails.detailsMap).toEqual({ step: 'a' });
    await create('next', { operation: 'reboot', delay: 2 });
    await device.call('job', 'succeeded', {});
    await expect.poll(() => status('waiting')).toBe('SUCCEEDED');
    expect(await device.event('job', 2)).toMatchObject({ id: 'next', document: { delay: 2 } });
    await device.call('job', 'failed', { why: 'no' });
    await expect.poll(() => status('next')).toBe('FAILED');
  });

  it('does not call back for another operation, or after it has unsubscribed', async () => {
    await using device = await connected('jobs', 'V1-J');
    await device.call('subscribeToJobs', 'V1-J', 'reboot');
    await create('other', { operation: 'clean' });
    await world.operator.cancelJob('other');
    await create('mine', { operation: 'reboot' });
    expect(await device.event('job')).toMatchObject({ id: 'mine' });
    await device.call('unsubscribeFromJobs', 'V1-J', 'reboot');
    await world.operator.cancelJob('mine');
    await create('late', { operation: 'reboot' });
    // The notification of `late` would have come before this answer.
    await device.call('subscribe', 'robots/V1-J/down/#');
    await device.call('publish', 'robots/V1-J/up/time', '{"v":1,"token":"0000000000000001"}');
    await device.event('robots/V1-J/down/time');
    expect(device.events('job')).toHaveLength(1);
  });
});
