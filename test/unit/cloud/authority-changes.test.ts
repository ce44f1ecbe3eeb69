import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeCa } from '../../../base/x509/authority.ts';
import { certificateId } from '../../../base/x509/certificates.ts';
import { awsOf } from '../../support/cloud-aws.ts';
import { createCloudWorld, startMs } from '../../support/cloud-world.ts';

/** What a CA's status and automatic registration permit its robots. */

let pem: string;
beforeAll(async () => {
  const made = await makeCa({ commonName: 'Line', random: randomBytes, nowMs: startMs });
  pem = made.certificatePem;
});

const [factory, renewal] = ['a'.repeat(64), 'c'.repeat(64)];
const given = (id: string) => ({
  ...{ certificateId: id, pem: 'PEM', isRenewal: id === renewal },
  ...{ notBeforeMs: startMs - 1000, notAfterMs: startMs + 1000 },
});

/** With a CA in SNI_ONLY, which needs no proof here. */
function authorityWorld(query = '?setAsActive=true&allowAutoRegistration=true') {
  const authorities = [given(factory), given(renewal)];
  const world = createCloudWorld({ authorities, renewalCaId: renewal });
  const aws = awsOf(world, { hasConnections: true });
  const fields = { caCertificate: pem, certificateMode: 'SNI_ONLY' };
  const id: string = aws('POST', `/cacertificate${query}`, fields).body.certificateId;
  const admit = (name: string, ca = id, more: object = {}) => {
    const certificate = {
      ...{ certificateId: name.padEnd(64, '0'), caCertificateId: ca, authorityId: ca },
      ...{ commonName: name, notBeforeMs: 0, notAfterMs: startMs * 2, pem: 'PEM' },
      ...{ serverName: 'localhost', ...more },
    };
    const { refusal } = world.cloud.admit(certificate, world.nowMs);
    return refusal ?? 'admitted';
  };
  const update = (change: string, ca = id) => aws('PUT', `/cacertificate/${ca}?${change}`);
  return { world, aws, id, admit, update };
}

describe('a new certificate', () => {
  it('of an ACTIVE CA with automatic registration is registered', () => {
    const { admit, aws } = authorityWorld();
    expect([admit('R1'), admit('R1')]).toEqual(['pending', 'admitted']);
    const { certificateDescription } = aws('GET', `/certificates/${'R1'.padEnd(64, '0')}`).body;
    expect(certificateDescription).toMatchObject({ certificateMode: 'SNI_ONLY' });
  });

  it.each([
    [
      'of a CA without automatic registration',
      'newAutoRegistrationStatus=DISABLE',
      'not-registered',
    ],
    ['of an INACTIVE CA', 'newStatus=INACTIVE', 'ca-inactive'],
  ])('%s is refused and not registered, until that is changed back', (_what, change, code) => {
    const { admit, update, world } = authorityWorld();
    expect(update(change)).toMatchObject({ status: 200, body: {} });
    expect([admit('R1'), admit('R1')]).toEqual([code, code]);
    expect(world.store.list('certificates')).toEqual([]);
    update('newStatus=ACTIVE&newAutoRegistrationStatus=ENABLE');
    expect([admit('R1'), admit('R1')]).toEqual(['pending', 'admitted']);
  });

  it.each(['newAutoRegistrationStatus=DISABLE', 'newStatus=INACTIVE'])(
    'that is registered before %s works on, as at AWS',
    (change) => {
      const { admit, update, world } = authorityWorld();
      admit('R1');
      update(change);
      world.nowMs += 1000;
      expect(admit('R1')).toBe('admitted');
    },
  );

  it('that waits when its CA becomes INACTIVE is not activated by its next connection', () => {
    const { world, admit, update } = authorityWorld();
    admit('R1');
    const row = world.store.get('certificates', 'R1'.padEnd(64, '0'));
    if (row === undefined) throw new Error('not registered');
    const pending = { ...row, status: 'PENDING_ACTIVATION' } as const;
    world.cloud.serve(world.nowMs, ({ store }) =>
      store.put('certificates', row.certificateId, pending),
    );
    update('newStatus=INACTIVE');
    expect([admit('R1'), admit('R1')]).toEqual(['pending', 'pending']);
    update('newStatus=ACTIVE');
    expect([admit('R1'), admit('R1')]).toEqual(['pending', 'admitted']);
  });

  it('of a CA that was registered without options is refused', () => {
    expect(authorityWorld('').admit('R1')).toBe('ca-inactive');
  });

  it('of an unknown CA is refused', () => {
    const { admit, world } = authorityWorld();
    expect(admit('R1', 'd'.repeat(64))).toBe('unknown-ca');
    expect(world.store.list('certificates')).toEqual([]);
  });
});

describe('SNI_ONLY', () => {
  it.each([undefined, 'other.example', ''])('refuses a client that names %j', (serverName) => {
    const { admit, id } = authorityWorld();
    admit('R1');
    expect(admit('R1', id, { serverName })).toBe('no-server-name');
    expect(admit('R1', id, { serverName: 'LOCALHOST' })).toBe('admitted');
  });

  it('is of no effect for the other CAs', () => {
    const { admit } = authorityWorld();
    admit('R2', factory, { serverName: undefined });
    expect(admit('R2', factory, { serverName: undefined })).toBe('admitted');
  });
});

describe('DeleteCACertificate', () => {
  it('needs an INACTIVE CA, and its robots are refused then, whatever TLS has verified', () => {
    const { aws, id, admit, update, world } = authorityWorld();
    admit('R1');
    world.cloud.takeTasks();
    expect(aws('DELETE', `/cacertificate/${id}`)).toMatchObject({
      ...{ status: 406, fault: 'CertificateState' },
    });
    update('newStatus=INACTIVE');
    expect(aws('DELETE', `/cacertificate/${id}`)).toMatchObject({ status: 200, body: {} });
    expect(world.cloud.takeTasks()).toEqual([{ kind: 'trust' }]);
    expect(admit('R1')).toBe('unknown-ca');
    expect(aws('GET', `/cacertificate/${id}`).fault).toBe('ResourceNotFound');
    expect(aws('DELETE', `/cacertificate/${id}`).fault).toBe('ResourceNotFound');
  });
});

describe('a CA that was given at the start', () => {
  it('can be set INACTIVE and has that in the list, but cannot be deleted', () => {
    const { aws, admit, update } = authorityWorld();
    admit('R1', factory);
    expect(update('newStatus=INACTIVE', factory).status).toBe(200);
    expect(aws('GET', '/cacertificates').body.certificates[0]).toMatchObject({
      status: 'INACTIVE',
    });
    expect([admit('R1', factory), admit('R2', factory)]).toEqual(['admitted', 'ca-inactive']);
    expect(aws('DELETE', `/cacertificate/${factory}`)).toMatchObject({
      ...{ fault: 'InvalidRequest', message: expect.stringContaining('--ca') },
    });
  });

  it('is not trusted by what was set when it is given no more', () => {
    const { world, update } = authorityWorld();
    update('newStatus=ACTIVE', factory);
    const config = { ...world.config, authorities: [given(renewal)] };
    const aws = awsOf(Object.assign(createCloudWorld(config), { store: world.store }));
    expect(aws('GET', `/cacertificate/${factory}`).fault).toBe('ResourceNotFound');
    expect(world.store.get('authorities', factory)).not.toHaveProperty('registered');
  });

  it('for renewals is not to be changed', () => {
    const { aws, update, admit } = authorityWorld();
    expect(update('newStatus=INACTIVE', renewal).fault).toBe('InvalidRequest');
    expect(aws('DELETE', `/cacertificate/${renewal}`).fault).toBe('InvalidRequest');
    expect(admit('R9', renewal)).toBe('pending');
  });

  it('cannot be registered, too', async () => {
    const authorities = [{ ...given(factory), certificateId: certificateId(pem) }];
    const aws = awsOf(createCloudWorld({ authorities }), { hasConnections: true });
    const fields = { caCertificate: pem, certificateMode: 'SNI_ONLY' };
    expect(aws('POST', '/cacertificate', fields).fault).toBe('ResourceAlreadyExists');
  });
});

it.each([
  'newStatus=REGISTER_INACTIVE',
  'newStatus=active',
  'newAutoRegistrationStatus=true',
  'x=1',
])('UpdateCACertificate with %s is an error', (change) => {
  expect(authorityWorld().update(change).fault).toBe('InvalidRequest');
});

it('UpdateCACertificate of an unknown CA is ResourceNotFound', () => {
  expect(authorityWorld().update('newStatus=ACTIVE', 'e'.repeat(64)).fault).toBe(
    'ResourceNotFound',
  );
});
