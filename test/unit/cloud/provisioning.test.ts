import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodePem } from '../../../base/x509/pem.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import {
  createRenewalWorld,
  createTopic,
  idOf,
  type KeyAndRequest,
  makeRequest,
  type RenewalWorld,
  registerTopic,
} from '../../support/cloud-renewal.ts';
import { createCloudWorld, robot } from '../../support/cloud-world.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

async function enterWorld(change: Parameters<typeof createRenewalWorld>[0] = {}) {
  const world = await createRenewalWorld(change);
  world.enter(robot);
  return world;
}

interface Created {
  certificateOwnershipToken: string;
  certificateId: string;
  certificatePem: string;
}

async function create(
  world: RenewalWorld,
  requested: KeyAndRequest,
  from = robot,
): Promise<Created> {
  const body = { certificateSigningRequest: requested.csr };
  const [answer] = await world.request(createTopic, body, from);
  expect(answer?.[0]).toBe(`${createTopic}/accepted`);
  return answer?.[1] as unknown as Created;
}

const register = (world: RenewalWorld, token: string, from = robot, serial = from) => {
  const body = { certificateOwnershipToken: token, parameters: { SerialNumber: serial } };
  return world.request(registerTopic, body, from);
};

const statusOf = (world: RenewalWorld, id: string) => world.store.get('certificates', id)?.status;
const accepted = [[`${registerTopic}/accepted`, { deviceConfiguration: {}, thingName: robot }]];
const rejected = (topic: string, statusCode: number, errorCode: string) => [
  [`${topic}/rejected`, { statusCode, errorCode, errorMessage: expect.any(String) }],
];
const unverified = rejected(registerTopic, 400, 'InvalidCertificateOwnershipToken');

/** The signature stands last in the request. */
function breakSignature(csr: string): string {
  const der = Buffer.from(csr.replaceAll(/-----.*-----/g, ''), 'base64');
  der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1);
  return encodePem('CERTIFICATE REQUEST', der);
}

describe('a request for a certificate', () => {
  it('gets a certificate of the renewal CA that admits nobody before it is registered', async () => {
    const world = await enterWorld();
    const requested = await makeRequest(robot);
    const { certificateId, certificatePem } = await create(world, requested);
    const certificate = new X509Certificate(certificatePem);
    expect(certificateId).toBe(idOf(certificatePem));
    expect(certificate.checkIssued(world.ca.certificate)).toBe(true);
    expect(certificate.verify(world.ca.certificate.publicKey)).toBe(true);
    expect(certificate.subject).toBe(`CN=${robot}`);
    expect(certificate.ca).toBe(false);
    const lifeMs = certificate.validToDate.getTime() - world.nowMs;
    expect(Math.round(lifeMs / dayMs)).toBe(3650);
    expect(statusOf(world, certificateId)).toBe('PENDING_ACTIVATION');
    const facts = { certificateId, commonName: robot, pem: certificatePem };
    const seen = { ...facts, caCertificateId: world.ca.certificateId, notBeforeMs: 0 };
    for (let i = 0; i < 2; i++) {
      const admission = world.cloud.admit({ ...seen, notAfterMs: 2 ** 50 }, world.nowMs);
      expect(admission).toMatchObject({ admitted: false, status: 'PENDING_ACTIVATION' });
      // AWS has the event for certificates of registered CAs only.
      expect(admission.outbound).toEqual([]);
    }
    expect(statusOf(world, certificateId)).toBe('PENDING_ACTIVATION');
  });

  it('gets the configured lifetime', async () => {
    const world = await enterWorld({ renewalLifeMs: 7 * dayMs });
    const { certificatePem } = await create(world, await makeRequest(robot));
    const end = new X509Certificate(certificatePem).validToDate.getTime();
    expect(Math.abs(end - world.nowMs - 7 * dayMs)).toBeLessThan(1000);
  });

  it.each([
    [
      'the begin date of the requesting certificate, whatever the clock',
      -900 * dayMs,
      -900 * dayMs,
    ],
    ['a begin date no later than a day ago', dayMs, -dayMs],
  ])('gets %s', async (_name, askedMs, expectedMs) => {
    const world = await enterWorld();
    const certificateId = world.store.get('presence', robot)?.certificateId ?? '';
    const times = {
      notBeforeMs: world.nowMs + askedMs,
      notAfterMs: 2 ** 50,
      createdMs: 0,
      changedMs: 0,
    };
    const about = { certificateId, caCertificateId: 'x', commonName: robot, pem: '', ...times };
    const value = { ...about, status: 'ACTIVE' } as const;
    world.store.commit([{ table: 'certificates', key: certificateId, value }]);
    const { certificatePem } = await create(world, await makeRequest(robot));
    const begins = new X509Certificate(certificatePem).validFromDate.getTime();
    expect(Math.abs(begins - world.nowMs - expectedMs)).toBeLessThan(1000);
  });

  it('with the same key gets the same certificate again, with another token', async () => {
    const world = await enterWorld();
    const requested = await makeRequest(robot);
    const first = await create(world, requested);
    const second = await create(world, requested);
    expect(second.certificateId).toBe(first.certificateId);
    expect(second.certificatePem).toBe(first.certificatePem);
    expect(second.certificateOwnershipToken).not.toBe(first.certificateOwnershipToken);
    // Both responses were on their way; the robot may use either.
    expect(await register(world, first.certificateOwnershipToken)).toEqual(accepted);
    expect(await register(world, second.certificateOwnershipToken)).toEqual(accepted);
  });

  it('makes one certificate when it arrives twice before signing', async () => {
    const world = await enterWorld();
    const body = { certificateSigningRequest: (await makeRequest(robot)).csr };
    expect(world.send(createTopic, body)).toEqual([]);
    const answers = await world.request(createTopic, body);
    const ids = answers.map(([, answer]) => answer['certificateId']);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect(world.store.list('certificates').filter(({ value }) => value.renewed)).toHaveLength(1);
  });

  it.each<[string, (csr: string) => unknown, string, number]>([
    ['nonsense', () => 'x', 'InvalidPayload', 400],
    ['no request', () => ({}), 'InvalidPayload', 400],
    ['a request that is no PEM', () => ({ certificateSigningRequest: 'x' }), 'InvalidCsr', 400],
    ['two requests in one', (csr) => ({ certificateSigningRequest: csr + csr }), 'InvalidCsr', 400],
    [
      'a broken signature',
      (csr) => ({ certificateSigningRequest: breakSignature(csr) }),
      'InvalidCsr',
      400,
    ],
  ])('is rejected for %s and changes nothing', async (_name, bodyOf, errorCode, statusCode) => {
    const world = await enterWorld();
    const { csr } = await makeRequest(robot);
    const before = world.store.list('certificates');
    const answer = await world.request(createTopic, bodyOf(csr));
    expect(answer).toEqual(rejected(createTopic, statusCode, errorCode));
    expect(world.store.list('certificates')).toEqual(before);
    expect(world.store.list('renewals')).toEqual([]);
  });

  it('is rejected when it names another robot', async () => {
    const world = await enterWorld();
    const { csr } = await makeRequest('R2');
    const answer = await world.request(createTopic, { certificateSigningRequest: csr });
    expect(answer).toEqual(rejected(createTopic, 403, 'AccessDenied'));
    expect(world.store.get('refusals', `${robot}/foreign-robot`)?.count).toBe(1);
    expect(world.store.list('renewals')).toEqual([]);
  });

  it('is throttled beyond ten in an hour, whatever happens to the answers', async () => {
    const world = await enterWorld();
    for (let i = 0; i < 10; i++) await create(world, await makeRequest(robot));
    const next = async () => {
      const { csr } = await makeRequest(robot);
      return world.request(createTopic, { certificateSigningRequest: csr });
    };
    expect(await next()).toEqual(rejected(createTopic, 429, 'ThrottlingException'));
    // Four tokens are stored, so four certificates are pending.
    expect(world.store.list('certificates').filter(({ value }) => value.renewed)).toHaveLength(4);
    expect(world.store.get('renewals', robot)?.tokens).toHaveLength(4);
    world.nowMs += hourMs;
    expect((await next())[0]?.[0]).toBe(`${createTopic}/accepted`);
  });

  it('is rejected without a CA', async () => {
    const world = createCloudWorld();
    world.enter(robot);
    const { csr } = await makeRequest(robot);
    const answer = world.send(createTopic, { certificateSigningRequest: csr });
    expect(answer).toEqual(rejected(createTopic, 503, 'ServiceUnavailable'));
  });

  it('leaves nothing behind when its connection closes before signing', async () => {
    const world = await enterWorld();
    const { csr } = await makeRequest(robot);
    world.send(createTopic, { certificateSigningRequest: csr });
    world.cloud.disconnected(robot, { reason: 'CONNECTION_LOST' }, world.nowMs);
    world.enter(robot);
    expect(await world.request('robots/R1/up/none', {})).toEqual([]);
    expect(world.store.list('certificates').filter(({ value }) => value.renewed)).toEqual([]);
  });

  it('of a robot whose certificate was blocked gets no answer', async () => {
    const world = await enterWorld();
    const { csr } = await makeRequest(robot);
    world.send(createTopic, { certificateSigningRequest: csr });
    const [own] = world.store.list('certificates');
    operatorOf(world.cloud).updateCertificate(own?.key ?? '', 'INACTIVE', world.nowMs);
    expect(await world.request(createTopic, { certificateSigningRequest: csr })).toEqual([]);
    expect(world.store.list('certificates')).toHaveLength(1);
  });
});

describe('an ownership token', () => {
  it('makes the certificate active and the thing its owner, once', async () => {
    const world = await enterWorld();
    const { certificateOwnershipToken: token, certificateId } = await create(
      world,
      await makeRequest(robot),
    );
    const [old = ''] = world.store.get('things', robot)?.principals ?? [];
    expect(await register(world, token)).toEqual(accepted);
    expect(statusOf(world, certificateId)).toBe('ACTIVE');
    expect(statusOf(world, old)).toBe('ACTIVE');
    expect(world.store.get('things', robot)?.principals).toEqual([old, certificateId]);
    // The response was lost and the robot repeats its request.
    expect(await register(world, token)).toEqual(accepted);
    // A used token cannot undo what an operator has done since.
    operatorOf(world.cloud).updateCertificate(certificateId, 'INACTIVE', world.nowMs);
    expect(await register(world, token)).toEqual(unverified);
    expect(statusOf(world, certificateId)).toBe('INACTIVE');
  });

  it('is valid only for the robot and the certificate that requested it', async () => {
    const world = await enterWorld();
    world.enter('R2');
    const { certificateOwnershipToken: token, certificateId } = await create(
      world,
      await makeRequest(robot),
    );
    expect(await register(world, token, 'R2')).toEqual(unverified);
    expect(await register(world, token, 'R2', robot)).toEqual(unverified);
    world.cloud.connected(robot, { certificateId: 'e'.repeat(64) }, world.nowMs);
    expect(await register(world, token)).toEqual(unverified);
    expect(statusOf(world, certificateId)).toBe('PENDING_ACTIVATION');
  });

  it('is stored as a hash only', async () => {
    const world = await enterWorld();
    const { certificateOwnershipToken } = await create(world, await makeRequest(robot));
    expect(certificateOwnershipToken).toMatch(/^[0-9a-f]{64}$/);
    const stored = JSON.stringify(world.store.list('renewals'));
    expect(stored).toContain('hash');
    expect(stored).not.toContain(certificateOwnershipToken);
  });

  it.each([
    ['another template', registerTopic.replace('pilotfish', 'other'), robot, 404],
    ['another serial number', registerTopic, 'R2', 400],
  ])('does nothing with %s', async (_name, topic, serial, statusCode) => {
    const world = await enterWorld();
    const made = await create(world, await makeRequest(robot));
    const body = {
      certificateOwnershipToken: made.certificateOwnershipToken,
      parameters: { SerialNumber: serial },
    };
    expect(await world.request(topic, body)).toMatchObject([[`${topic}/rejected`, { statusCode }]]);
    expect(await world.request(registerTopic, 'nonsense')).toEqual(
      rejected(registerTopic, 400, 'InvalidPayload'),
    );
    expect(statusOf(world, made.certificateId)).toBe('PENDING_ACTIVATION');
  });

  it('expires after an hour, with the certificate that was not activated', async () => {
    const world = await enterWorld();
    const unused = await create(world, await makeRequest(robot));
    const used = await create(world, await makeRequest(robot));
    await register(world, used.certificateOwnershipToken);
    world.nowMs += hourMs - 1;
    world.cloud.tick(world.nowMs);
    expect(statusOf(world, unused.certificateId)).toBe('PENDING_ACTIVATION');
    world.nowMs += 1;
    expect(await register(world, unused.certificateOwnershipToken)).toEqual(unverified);
    world.cloud.tick(world.nowMs);
    expect(statusOf(world, unused.certificateId)).toBeUndefined();
    expect(statusOf(world, used.certificateId)).toBe('ACTIVE');
    expect(world.store.list('renewals')).toEqual([]);
  });

  it('expires when four newer ones exist', async () => {
    const world = await enterWorld();
    const first = await create(world, await makeRequest(robot));
    for (let i = 0; i < 4; i++) await create(world, await makeRequest(robot));
    expect(await register(world, first.certificateOwnershipToken)).toEqual(unverified);
    expect(statusOf(world, first.certificateId)).toBeUndefined();
  });
});

it('a robot may not publish the answers', async () => {
  const world = await enterWorld();
  expect(await world.request(`${createTopic}/accepted`, {})).toEqual([]);
  expect(world.store.get('refusals', `${robot}/wrong-topic`)?.count).toBe(1);
});
