import { describe, expect, it } from 'vitest';
import { operatorOf } from '../../support/cloud-operator.ts';
import { createCloudWorld, missionDocument, robot, startMs } from '../../support/cloud-world.ts';

const factory = (certificateId: string) => ({
  certificateId,
  caCertificateId: 'a'.repeat(64),
  commonName: robot,
  notBeforeMs: startMs - 1000,
  notAfterMs: startMs + 1000,
  pem: 'PEM',
});
const [first, second] = ['c'.repeat(64), 'd'.repeat(64)];

/** A robot with a mission, a shadow, a waiting command and a queued job. */
function enterWorld() {
  const world = createCloudWorld();
  const { cloud, nowMs } = world;
  cloud.admit(factory(first), nowMs);
  cloud.connected(robot, { certificateId: first }, nowMs);
  world.send(`robots/${robot}/up/missions/report`, {
    v: 1,
    reports: [missionDocument({ ended: true })],
  });
  world.send(`$aws/things/${robot}/shadow/update`, { state: { reported: { a: 1 } } });
  operatorOf(cloud).sendCommand(
    { robot, command: 'start', expiresMs: nowMs + 60_000, id: 'c' },
    nowMs,
  );
  operatorOf(cloud).createJob({ jobId: 'j', targets: [robot], document: '{}' }, nowMs);
  return world;
}

describe('a decommissioned robot', () => {
  it('keeps its history; its certificates are revoked and pending work is removed', () => {
    const world = enterWorld();
    const operator = operatorOf(world.cloud);
    expect(operator.decommission(robot, world.nowMs)).toMatchObject({
      ok: true,
      value: { certificates: 1 },
    });
    expect(operator.get('certificates', first)?.status).toBe('REVOKED');
    for (const table of ['things', 'shadows'] as const) {
      expect(operator.get(table, robot)).toBeUndefined();
    }
    expect(operator.list('command_sends')).toEqual([]);
    expect(operator.get('commands', `${robot}/c`)?.status).toBe('lapsed');
    expect(operator.get('job_executions', `${robot}/j`)?.status).toBe('REMOVED');
    expect(operator.describeJob('j')?.status).toBe('COMPLETED');
    expect(operator.list('missions')).toHaveLength(1);
    world.nowMs += 10_000;
    expect(world.cloud.tick(world.nowMs)).toEqual([]);
  });

  it('is rejected with every certificate until it is recommissioned', () => {
    const world = enterWorld();
    const { cloud, nowMs } = world;
    operatorOf(cloud).decommission(robot, nowMs);
    for (const id of [first, second, second]) {
      expect(cloud.admit(factory(id), nowMs)).toMatchObject({
        admitted: false,
        refusal: 'decommissioned',
      });
    }
    expect(cloud.rows.get('certificates', second)?.status).toBe('PENDING_ACTIVATION');
    expect(cloud.rows.get('things', robot)).toBeUndefined();
    expect(operatorOf(cloud).updateCertificate(second, 'ACTIVE', nowMs)).toMatchObject({
      code: 'InvalidRequest',
    });
    expect(operatorOf(cloud).recommission(robot, nowMs)).toMatchObject({ ok: true });
    expect(cloud.admit(factory(first), nowMs)).toMatchObject({ refusal: 'revoked' });
    expect(cloud.admit(factory(second), nowMs)).toMatchObject({ refusal: 'pending' });
    expect(cloud.admit(factory(second), nowMs)).toMatchObject({ admitted: true });
  });

  it('can be decommissioned again; an unknown robot cannot, nor can an active one be recommissioned', () => {
    const world = enterWorld();
    const operator = operatorOf(world.cloud);
    expect(operator.recommission(robot, world.nowMs)).toMatchObject({ code: 'ResourceNotFound' });
    expect(operator.decommission(robot, world.nowMs).ok).toBe(true);
    expect(operator.decommission(robot, world.nowMs).ok).toBe(true);
    expect(operator.decommission('NOBODY', world.nowMs)).toMatchObject({
      code: 'ResourceNotFound',
    });
    expect(operator.decommission('a/b', world.nowMs)).toMatchObject({ code: 'InvalidRequest' });
    expect(operator.list('decommissioned')).toHaveLength(1);
  });
});
