import { describe, expect, it } from 'vitest';
import { operatorOf } from '../../support/cloud-operator.ts';
import {
  createRenewalWorld,
  createTopic,
  makeRequest,
  type RenewalWorld,
  registerTopic,
} from '../../support/cloud-renewal.ts';
import { robot } from '../../support/cloud-world.ts';

const dayMs = 24 * 3_600_000;

/** A robot with a certificate of the factory, and the means to renew it. */
async function enterWorld(retireAfterMs = dayMs) {
  const world = await createRenewalWorld({ retireAfterMs });
  world.enter(robot);
  const [first = ''] = world.store.get('things', robot)?.principals ?? [];
  const statusOf = (id: string) => world.store.get('certificates', id)?.status;
  const connect = (certificateId: string) =>
    world.cloud.connected(robot, { certificateId }, world.nowMs);
  /** Answers the id of the new certificate, which has not connected yet. */
  const renew = async (): Promise<string> => {
    const { csr } = await makeRequest(robot);
    const [created] = await world.request(createTopic, { certificateSigningRequest: csr });
    const certificateOwnershipToken = String(created?.[1]['certificateOwnershipToken']);
    const parameters = { SerialNumber: robot };
    await world.request(registerTopic, { certificateOwnershipToken, parameters });
    return String(created?.[1]['certificateId']);
  };
  const passMs = (ms: number) => {
    world.nowMs += ms;
    world.tick();
  };
  return { world, first, statusOf, connect, renew, passMs };
}

describe("a renewed certificate's predecessor", () => {
  it('stays ACTIVE until the new one has connected', async () => {
    const { first, statusOf, renew, passMs } = await enterWorld();
    const second = await renew();
    passMs(400 * dayMs);
    expect([statusOf(first), statusOf(second)]).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it('is set INACTIVE a day after the new one has connected, and its connection is dropped', async () => {
    const { world, first, statusOf, connect, renew, passMs } = await enterWorld();
    const second = await renew();
    connect(second);
    expect(world.store.get('certificates', first)?.supersededBy).toBe(second);
    passMs(dayMs - 1);
    expect(statusOf(first)).toBe('ACTIVE');
    expect(world.dropped).toEqual([]);
    passMs(1);
    expect([statusOf(first), statusOf(second)]).toEqual(['INACTIVE', 'ACTIVE']);
    expect(world.dropped).toEqual([robot]);
    expect(world.store.list('retirements')).toEqual([]);
  });

  it('is retired at the same time when it connects again', async () => {
    const { first, statusOf, connect, renew, passMs } = await enterWorld();
    const second = await renew();
    connect(second);
    passMs(dayMs / 2);
    connect(first);
    connect(second);
    passMs(dayMs / 2);
    expect(statusOf(first)).toBe('INACTIVE');
  });

  it('stays when the new one was blocked meanwhile, and is retired by the next renewal', async () => {
    const { world, first, statusOf, connect, renew, passMs } = await enterWorld();
    const second = await renew();
    connect(second);
    operatorOf(world.cloud).updateCertificate(second, 'REVOKED', world.nowMs);
    passMs(2 * dayMs);
    expect(statusOf(first)).toBe('ACTIVE');
    expect(world.store.get('certificates', first)?.supersededBy).toBeUndefined();
    connect(first);
    const third = await renew();
    connect(third);
    passMs(dayMs);
    expect([statusOf(first), statusOf(second), statusOf(third)]).toEqual([
      'INACTIVE',
      'REVOKED',
      'ACTIVE',
    ]);
  });

  it('keeps a status that an operator has set since', async () => {
    const { world, first, statusOf, connect, renew, passMs } = await enterWorld();
    connect(await renew());
    operatorOf(world.cloud).updateCertificate(first, 'REVOKED', world.nowMs);
    passMs(0);
    expect(world.dropped).toEqual([robot]);
    passMs(dayMs);
    expect(statusOf(first)).toBe('REVOKED');
    expect(world.dropped).toEqual([robot]);
  });
});

it('removes the supersession when an operator sets the certificate ACTIVE, until its successor connects', async () => {
  const { world, first, statusOf, connect, renew, passMs } = await enterWorld();
  const second = await renew();
  connect(second);
  passMs(dayMs);
  const operator = operatorOf(world.cloud);
  operator.updateCertificatesOf(robot, 'INACTIVE', world.nowMs);
  operator.updateCertificatesOf(robot, 'ACTIVE', world.nowMs);
  expect([statusOf(first), statusOf(second)]).toEqual(['INACTIVE', 'ACTIVE']);
  operator.updateCertificate(first, 'ACTIVE', world.nowMs);
  expect(operator.get('certificates', first)?.supersededBy).toBeUndefined();
  connect(first);
  passMs(2 * dayMs);
  expect(statusOf(first)).toBe('ACTIVE');
  connect(second);
  passMs(dayMs);
  expect(statusOf(first)).toBe('INACTIVE');
});

describe('blocking a robot and admitting it again', () => {
  const blockAndAdmit = ({ cloud, nowMs }: RenewalWorld) => {
    operatorOf(cloud).updateCertificatesOf(robot, 'INACTIVE', nowMs);
    operatorOf(cloud).updateCertificatesOf(robot, 'ACTIVE', nowMs);
  };

  it('does not activate a certificate that was revoked by its id', async () => {
    const { world, first, statusOf, renew } = await enterWorld();
    const stolen = await renew();
    operatorOf(world.cloud).updateCertificate(stolen, 'REVOKED', world.nowMs);
    blockAndAdmit(world);
    expect([statusOf(first), statusOf(stolen)]).toEqual(['ACTIVE', 'REVOKED']);
  });

  it('does not activate a certificate whose token was never used', async () => {
    const { world, first, statusOf } = await enterWorld();
    const { csr } = await makeRequest(robot);
    const [answer] = await world.request(createTopic, { certificateSigningRequest: csr });
    const waiting = String(answer?.[1]['certificateId']);
    expect(statusOf(waiting)).toBe('PENDING_ACTIVATION');
    blockAndAdmit(world);
    expect([statusOf(first), statusOf(waiting)]).toEqual(['ACTIVE', 'PENDING_ACTIVATION']);
    const operator = operatorOf(world.cloud);
    operator.updateCertificatesOf(robot, 'REVOKED', world.nowMs);
    expect([statusOf(first), statusOf(waiting)]).toEqual(['REVOKED', 'REVOKED']);
    expect(operator.updateCertificatesOf(robot, 'ACTIVE', world.nowMs)).toMatchObject({
      code: 'InvalidRequest',
      message: expect.stringContaining('by its id (--id)'),
    });
    expect([statusOf(first), statusOf(waiting)]).toEqual(['REVOKED', 'REVOKED']);
  });
});

it('retires an unused certificate with the older ones, but no later one', async () => {
  const { first, statusOf, connect, renew, passMs } = await enterWorld();
  const [unused, used, later] = [await renew(), await renew(), await renew()];
  connect(used);
  passMs(dayMs);
  expect([first, unused, used, later].map(statusOf)).toEqual([
    'INACTIVE',
    'INACTIVE',
    'ACTIVE',
    'ACTIVE',
  ]);
});

it('keeps a bounded number of certificates for a robot that renews forever', async () => {
  const { world, first, statusOf, connect, renew, passMs } = await enterWorld();
  let newest = '';
  for (let i = 0; i < 30; i++) {
    newest = await renew();
    connect(newest);
    passMs(2 * dayMs);
  }
  expect(world.store.list('certificates')).toHaveLength(16);
  expect(world.store.get('things', robot)?.principals).toHaveLength(16);
  // The factory's would be taken for a new one if it were forgotten.
  expect([statusOf(first), statusOf(newest)]).toEqual(['INACTIVE', 'ACTIVE']);
});
