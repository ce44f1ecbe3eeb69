import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Reads } from '../../../cloud-stub/core/store.ts';
import { peerCertificate } from '../../../cloud-stub/peer.ts';
import type { ClientCertificate } from '../../../cloud-stub/services/registry.ts';
import { type Identity, mintCa, mintRobot } from '../../support/cloud-pki.ts';

let ca: X509Certificate;
let robot: Identity;
beforeAll(async () => {
  const made = await mintCa();
  ca = new X509Certificate(made.certificatePem);
  robot = await mintRobot(made, 'R1');
});

const caId = (): string => read()?.caCertificateId ?? '';

/** What is read of the robot's connection, with the rows of certificates given. */
function read(
  get: (id: string) => object | undefined = () => undefined,
  { isTrusted = true } = {},
): ClientCertificate | undefined {
  const certificate = new X509Certificate(robot.cert);
  const socket = {
    ...{ authorized: true, servername: 'cloud', isSessionReused: () => false },
    getPeerX509Certificate: () => certificate,
  };
  return peerCertificate(socket as unknown as TLSSocket, {
    trust: { authorities: () => (isTrusted ? [ca] : []), has: (id) => isTrusted && id === caId() },
    rows: { get: (_table: string, id: string) => get(id) } as Pick<Reads, 'get'>,
  });
}

describe('the certificate of a connection', () => {
  it('is read, with the CA that signed it', () => {
    expect(read()).toMatchObject({
      ...{ certificateId: robot.certificateId, commonName: 'R1', serverName: 'cloud' },
      authorityId: caId(),
      pem: expect.stringContaining('BEGIN CERTIFICATE'),
    });
  });

  it('is what its row says once it is registered, which is the same', () => {
    const asked: string[] = [];
    const { serverName: _, ...facts } = read() ?? {};
    const row = { ...facts, status: 'ACTIVE', createdMs: 1, changedMs: 2 };
    const known = read((id) => {
      asked.push(id);
      return { ...row, issuer: 'as registered' };
    });
    expect(asked).toEqual([robot.certificateId]);
    expect(known).toEqual({ ...read(), issuer: 'as registered' });
  });

  it('is read again when the CA of its row is not trusted any more', () => {
    const row = { ...read(), commonName: 'stale' };
    expect(read(() => row, { isTrusted: false })).toMatchObject({ commonName: 'R1' });
    expect(read(() => row, { isTrusted: false })).not.toHaveProperty('authorityId');
  });

  it('is read when the store cannot be', () => {
    const failing = () => {
      throw new Error('disk I/O error');
    };
    expect(read(failing)).toEqual(read());
  });
});
