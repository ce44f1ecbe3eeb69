import { describe, expect, it } from 'vitest';
import { awsOf } from '../../support/cloud-aws.ts';
import { createCloudWorld, startMs } from '../../support/cloud-world.ts';

const authority = (letter: string, isRenewal = false) => ({
  ...{ certificateId: letter.repeat(64), pem: `PEM ${letter}`, isRenewal },
  ...{ notBeforeMs: startMs - 1000, notAfterMs: startMs + 1000 },
});
const arn = (id: string) => `arn:aws:iot:us-east-1:000000000000:cacert/${id}`;

function accountWorld() {
  const authorities = [authority('a'), authority('b'), authority('c', true)];
  const world = createCloudWorld({ authorities });
  const deviceHttps = { host: 'stub.example', port: 8444 };
  return awsOf(world, { mqtt: { host: 'stub.example', port: 8883 }, deviceHttps });
}

describe('ListCACertificates', () => {
  it('lists the CAs that the stub trusts, in pages', () => {
    const aws = accountWorld();
    const certificateId = 'a'.repeat(64);
    const first = aws('GET', '/cacertificates?pageSize=2').body;
    expect(first.certificates[0]).toEqual({
      ...{ certificateArn: arn(certificateId), certificateId, status: 'ACTIVE' },
      creationDate: startMs / 1000 - 1,
    });
    expect(first).toMatchObject({ certificates: [{}, {}], nextMarker: '2' });
    expect(aws('GET', '/cacertificates?marker=2').body).toMatchObject({
      certificates: [{ certificateId: 'c'.repeat(64) }],
    });
  });

  it('lists none when the stub knows of none', () => {
    const aws = awsOf(createCloudWorld());
    expect(aws('GET', '/cacertificates').body).toEqual({ certificates: [] });
  });
});

describe('DescribeCACertificate', () => {
  it.each([
    ['the factory', 'a', 'ENABLE'],
    ['the renewal', 'c', 'DISABLE'],
  ])('shows the CA of %s', (_about, letter, autoRegistrationStatus) => {
    const certificateId = letter.repeat(64);
    expect(accountWorld()('GET', `/cacertificate/${certificateId}`).body).toEqual({
      certificateDescription: {
        ...{ certificateArn: arn(certificateId), certificateId, status: 'ACTIVE' },
        ...{ certificatePem: `PEM ${letter}`, ownedBy: '000000000000' },
        ...{ creationDate: startMs / 1000 - 1, lastModifiedDate: startMs / 1000 - 1 },
        ...{ autoRegistrationStatus, certificateMode: 'DEFAULT' },
        validity: { notBefore: startMs / 1000 - 1, notAfter: startMs / 1000 + 1 },
      },
    });
  });

  it('of another CA is ResourceNotFound', () => {
    expect(accountWorld()('GET', `/cacertificate/${'d'.repeat(64)}`).fault).toBe(
      'ResourceNotFound',
    );
  });
});

describe('DescribeEndpoint', () => {
  it("names the broker, the robots' HTTPS port and the operators' HTTPS port", () => {
    const aws = accountWorld();
    const of = (type: string) => aws('GET', `/endpoint?endpointType=${type}`);
    expect(of('iot:Data-ATS').body).toEqual({ endpointAddress: 'stub.example:8883' });
    expect(of('iot:Data').body).toEqual({ endpointAddress: 'stub.example:8444' });
    expect(of('iot:Jobs').body).toEqual({ endpointAddress: 'localhost:8443' });
  });

  it('names an IPv6 address in brackets', () => {
    const aws = awsOf(createCloudWorld(), { mqtt: { host: '::1', port: 8883 } });
    const { body } = aws('GET', '/endpoint?endpointType=iot:Data-ATS');
    expect(body).toEqual({ endpointAddress: '[::1]:8883' });
  });

  it('refuses iot:Data beside an outside broker, where robots have no HTTPS port', () => {
    const aws = awsOf(createCloudWorld());
    expect(aws('GET', '/endpoint?endpointType=iot:Data').fault).toBe('InvalidRequest');
  });

  it.each(['?endpointType=iot:Nothing', '?endpointType=iot:CredentialProvider', ''])(
    'refuses %s',
    (query) => {
      expect(accountWorld()('GET', `/endpoint${query}`)).toMatchObject({
        ...{ fault: 'InvalidRequest', message: expect.stringContaining('iot:Data-ATS') },
      });
    },
  );
});
