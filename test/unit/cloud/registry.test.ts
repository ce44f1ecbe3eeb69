import { describe, expect, it } from 'vitest';
import type { CertificateStatus } from '../../../cloud-stub/rows.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import { createCloudWorld, readAll, robot, startMs } from '../../support/cloud-world.ts';

const certificate = {
  certificateId: 'c'.repeat(64),
  caCertificateId: 'a'.repeat(64),
  commonName: robot,
  notBeforeMs: startMs - 1000,
  notAfterMs: startMs + 1000,
  pem: 'PEM',
};
const id = certificate.certificateId;

describe('a certificate', () => {
  it('is registered by its first connection, and admitted from the next', () => {
    const world = createCloudWorld();
    const first = world.cloud.admit(certificate, world.nowMs);
    expect(first).toMatchObject({ admitted: false, status: 'PENDING_ACTIVATION' });
    expect(readAll(first.outbound)).toEqual([
      [
        `$aws/events/certificates/registered/${certificate.caCertificateId}`,
        {
          certificateId: id,
          caCertificateId: certificate.caCertificateId,
          timestamp: startMs,
          certificateStatus: 'PENDING_ACTIVATION',
          awsAccountId: '000000000000',
          certificateRegistrationTimestamp: String(startMs / 1000),
        },
      ],
    ]);
    expect(world.store.get('things', robot)).toMatchObject({
      thingName: robot,
      createdMs: startMs,
    });
    expect(world.cloud.admit(certificate, world.nowMs)).toMatchObject({
      admitted: true,
      outbound: [],
    });
  });

  it.each([
    ['a name that is not a robot id', { commonName: 'a/b' }],
    ['no name', { commonName: '' }],
    ['a name that is too long', { commonName: 'x'.repeat(65) }],
    ['an end in the past', { notAfterMs: startMs - 1 }],
    ['a beginning in the future', { notBeforeMs: startMs + 1 }],
  ])('with %s stays pending, and its event is published at each connection', (_name, change) => {
    const world = createCloudWorld();
    for (let i = 0; i < 2; i++) {
      const admission = world.cloud.admit({ ...certificate, ...change }, world.nowMs);
      expect(admission).toMatchObject({ admitted: false, status: 'PENDING_ACTIVATION' });
      expect(admission.outbound).toHaveLength(1);
    }
    expect(world.store.list('things')).toEqual([]);
  });

  it.each<[CertificateStatus, boolean]>([
    ['ACTIVE', true],
    ['INACTIVE', false],
    ['REVOKED', false],
  ])('that is %s is admitted: %s', (status, admitted) => {
    const world = createCloudWorld();
    world.cloud.admit(certificate, world.nowMs);
    expect(operatorOf(world.cloud).updateCertificate(id, status, world.nowMs)).toMatchObject({
      ok: true,
    });
    const admission = world.cloud.admit(certificate, world.nowMs);
    expect(admission).toMatchObject({ admitted, status, outbound: [] });
    expect(world.store.get('certificates', id)?.status).toBe(status);
  });

  it('cannot be set pending, and an unknown one cannot be set', () => {
    const { cloud } = createCloudWorld();
    const operator = operatorOf(cloud);
    expect(operator.updateCertificate(id, 'ACTIVE', 0)).toMatchObject({ code: 'ResourceNotFound' });
    cloud.admit(certificate, startMs);
    expect(operator.updateCertificate(id, 'PENDING_ACTIVATION', 0)).toMatchObject({
      code: 'InvalidRequest',
    });
  });

  it('makes no second thing for a known robot', () => {
    const world = createCloudWorld();
    world.cloud.admit(certificate, world.nowMs);
    const thing = world.store.get('things', robot);
    world.nowMs += 500;
    world.cloud.admit({ ...certificate, certificateId: 'd'.repeat(64) }, world.nowMs);
    const principals = [id, 'd'.repeat(64)];
    expect(world.store.get('things', robot)).toEqual({ ...thing, principals });
    expect(world.store.list('certificates')).toHaveLength(2);
  });
});

describe('presence', () => {
  const info = { certificateId: id, ipAddress: '192.0.2.1', sessionId: 's1' };

  it('is published as in AWS, both events with one version', () => {
    const world = createCloudWorld();
    const base = {
      clientId: robot,
      timestamp: startMs,
      sessionIdentifier: 's1',
      principalIdentifier: id,
      versionNumber: 0,
    };
    expect(readAll(world.cloud.connected(robot, info, world.nowMs))).toEqual([
      [
        `$aws/events/presence/connected/${robot}`,
        { ...base, eventType: 'connected', ipAddress: '192.0.2.1' },
      ],
    ]);
    const end = { reason: 'CLIENT_INITIATED_DISCONNECT', sessionId: 's1' } as const;
    expect(readAll(world.cloud.disconnected(robot, end, world.nowMs))).toEqual([
      [
        `$aws/events/presence/disconnected/${robot}`,
        {
          ...base,
          eventType: 'disconnected',
          clientInitiatedDisconnect: true,
          disconnectReason: 'CLIENT_INITIATED_DISCONNECT',
        },
      ],
    ]);
    world.cloud.connected(robot, info, world.nowMs);
    expect(world.store.get('presence', robot)?.version).toBe(1);
  });

  it('ignores the late end of an older connection', () => {
    const world = createCloudWorld();
    world.cloud.connected(robot, info, world.nowMs);
    world.cloud.connected(robot, { ...info, sessionId: 's2' }, world.nowMs);
    const late = { reason: 'CONNECTION_LOST', sessionId: 's1' } as const;
    expect(world.cloud.disconnected(robot, late, world.nowMs)).toEqual([]);
    expect(world.store.get('presence', robot)).toMatchObject({
      state: 'connected',
      sessionId: 's2',
    });
  });

  it('is reset after a start', () => {
    const world = createCloudWorld();
    world.cloud.connected(robot, info, world.nowMs);
    expect(world.cloud.recover(world.nowMs)).toHaveLength(1);
    expect(world.store.get('presence', robot)).toMatchObject({ state: 'disconnected' });
    expect(world.cloud.recover(world.nowMs)).toEqual([]);
  });
});
