import { describe, expect, it } from 'vitest';
import { awsOf } from '../../support/cloud-aws.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import { createCloudWorld, startMs } from '../../support/cloud-world.ts';

const arnOf = (id: string) => `arn:aws:iot:us-east-1:000000000000:cert/${id}`;
const [one, two] = ['c'.repeat(64), 'd'.repeat(64)] as const;

/** The robot T1 with two certificates, both ACTIVE and attached. */
function principalsWorld() {
  const world = createCloudWorld();
  const aws = awsOf(world);
  const admit = (certificateId: string, commonName = 'T1') =>
    world.cloud.admit(
      {
        ...{ certificateId, caCertificateId: 'a'.repeat(64), commonName, pem: 'PEM' },
        ...{ notBeforeMs: startMs - 1000, notAfterMs: startMs + 1_000_000 },
      },
      world.nowMs,
    );
  admit(one);
  admit(two);
  const path = '/things/T1/principals';
  const of = (id: string) => ({ principal: arnOf(id) });
  return {
    ...{ world, aws, admit },
    attach: (id: string, thing = 'T1') =>
      aws('PUT', `/things/${thing}/principals`, undefined, of(id)),
    detach: (id: string) => aws('DELETE', path, undefined, of(id)),
    principals: (query = '') => aws('GET', `${path}${query}`).body,
    things: (id: string) => aws('GET', '/principals/things', undefined, of(id)),
    setStatus: (id: string, status: string) =>
      aws('PUT', `/certificates/${id}?newStatus=${status}`),
    remove: (id: string, query = '') => aws('DELETE', `/certificates/${id}${query}`),
  };
}

describe('ListThingPrincipals', () => {
  it('lists the certificates of a thing by their ARNs, in pages', () => {
    const { principals, aws } = principalsWorld();
    expect(principals()).toEqual({ principals: [arnOf(one), arnOf(two)] });
    expect(principals('?maxResults=1')).toEqual({ principals: [arnOf(one)], nextToken: '1' });
    expect(aws('GET', '/things/T9/principals').fault).toBe('ResourceNotFound');
  });
});

describe('ListPrincipalThings', () => {
  it('lists the thing of a certificate, and none once it is detached', () => {
    const { things, detach } = principalsWorld();
    expect(things(one).body).toEqual({ things: ['T1'] });
    detach(one);
    expect(things(one).body).toEqual({ things: [] });
    expect(things('e'.repeat(64)).fault).toBe('ResourceNotFound');
  });
});

describe('DetachThingPrincipal', () => {
  it('refuses the next connection by the certificate, until it is attached again', () => {
    const { world, admit, attach, detach, principals } = principalsWorld();
    expect(detach(one).body).toEqual({});
    expect(principals()).toEqual({ principals: [arnOf(two)] });
    expect(admit(one)).toMatchObject({ admitted: false, refusal: 'not-attached' });
    expect(admit(two)).toMatchObject({ admitted: true });
    expect(world.cloud.takeTasks()).toEqual([]);
    expect(attach(one).body).toEqual({});
    expect(principals()).toEqual({ principals: [arnOf(two), arnOf(one)] });
    expect(admit(one)).toMatchObject({ admitted: true });
  });

  it('stays in force when the certificate is set INACTIVE and ACTIVE again', () => {
    const { admit, detach, setStatus, principals } = principalsWorld();
    detach(one);
    setStatus(one, 'INACTIVE');
    setStatus(one, 'ACTIVE');
    expect(principals()).toEqual({ principals: [arnOf(two)] });
    expect(admit(one)).toMatchObject({ refusal: 'not-attached' });
  });

  it('of what is not attached, or not known, is ResourceNotFound', () => {
    const { detach } = principalsWorld();
    detach(one);
    expect(detach(one).fault).toBe('ResourceNotFound');
    expect(detach('e'.repeat(64)).fault).toBe('ResourceNotFound');
  });

  it('of the last one allows the thing to be deleted, and the robot stays out', () => {
    const { aws, admit, detach } = principalsWorld();
    detach(one);
    expect(aws('DELETE', '/things/T1').fault).toBe('InvalidRequest');
    detach(two);
    expect(aws('DELETE', '/things/T1').status).toBe(200);
    expect(admit(two)).toMatchObject({ refusal: 'not-attached' });
    expect(aws('GET', '/things').body.things).toEqual([]);
  });
});

describe('AttachThingPrincipal', () => {
  it('of an attached certificate changes nothing', () => {
    const { attach, principals } = principalsWorld();
    expect(attach(one).status).toBe(200);
    expect(principals()).toEqual({ principals: [arnOf(one), arnOf(two)] });
  });

  it('refuses a certificate of another name, which AWS would let in under the thing’s', () => {
    const { aws, attach } = principalsWorld();
    aws('POST', '/things/T2');
    expect(attach(one, 'T2')).toMatchObject({
      ...{ status: 400, fault: 'InvalidRequest' },
      message: expect.stringContaining('T1'),
    });
    expect(aws('GET', '/things/T2/principals').body).toEqual({ principals: [] });
  });

  it('refuses an unknown thing, an unknown certificate, and what is no certificate', () => {
    const { aws, attach } = principalsWorld();
    expect(attach(one, 'T9').fault).toBe('ResourceNotFound');
    expect(attach('e'.repeat(64)).fault).toBe('ResourceNotFound');
    const path = '/things/T1/principals';
    expect(aws('PUT', path).fault).toBe('InvalidRequest');
    const principal = 'us-east-1:1699ebc0-7900-4099-a910-2df94f52a030';
    expect(aws('PUT', path, undefined, { principal }).fault).toBe('InvalidRequest');
    const typed = `${path}?thingPrincipalType=EXCLUSIVE_THING`;
    expect(aws('PUT', typed, undefined, { principal: arnOf(one) }).fault).toBe('InvalidRequest');
  });

  it('is the only kind of operation that takes the header x-amzn-principal', () => {
    const { aws } = principalsWorld();
    expect(aws('GET', '/things', undefined, { principal: arnOf(one) })).toMatchObject({
      ...{ fault: 'InvalidRequest', message: expect.stringContaining('x-amzn-principal') },
    });
  });
});

describe('DeleteCertificate', () => {
  it('removes a certificate that is neither ACTIVE nor attached', () => {
    const { aws, detach, remove, setStatus, world } = principalsWorld();
    expect(remove(one)).toMatchObject({ status: 406, fault: 'CertificateState' });
    setStatus(one, 'INACTIVE');
    expect(remove(one)).toMatchObject({ status: 409, fault: 'DeleteConflict' });
    expect(remove(one, '?forceDelete=true').fault).toBe('DeleteConflict');
    detach(one);
    expect(remove(one).body).toEqual({});
    expect(aws('GET', `/certificates/${one}`).fault).toBe('ResourceNotFound');
    expect(world.store.list('certificates')).toHaveLength(1);
    expect(remove(one).fault).toBe('ResourceNotFound');
  });

  it('of a factory certificate lets it count as new at its next contact, as at AWS', () => {
    const { admit, detach, remove, setStatus } = principalsWorld();
    setStatus(one, 'REVOKED');
    detach(one);
    expect(remove(one, '?forceDelete=true').status).toBe(200);
    expect(admit(one)).toMatchObject({ status: 'PENDING_ACTIVATION' });
    expect(admit(one)).toMatchObject({ admitted: true });
  });

  it('of one that was to be retired ends that', () => {
    const { detach, remove, setStatus, world } = principalsWorld();
    world.store.commit([
      { table: 'retirements', key: one, value: { robot: 'T1', by: two, dueMs: 1 } },
    ]);
    setStatus(one, 'INACTIVE');
    detach(one);
    expect(remove(one).status).toBe(200);
    expect(world.store.list('retirements')).toEqual([]);
  });

  it('of a decommissioned robot does not admit it again', () => {
    const { admit, remove, world } = principalsWorld();
    operatorOf(world.cloud).decommission('T1', world.nowMs);
    expect(remove(one).status).toBe(200);
    expect(admit(one)).toMatchObject({ admitted: false, refusal: 'decommissioned' });
  });
});
