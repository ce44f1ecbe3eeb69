import { randomBytes, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type KeyAndCertificate, makeCa } from '../../../base/x509/authority.ts';
import { certificatePem } from '../../../base/x509/certificate-file.ts';
import { certificateId } from '../../../base/x509/certificates.ts';
import type { Authority } from '../../../cloud-stub/config.ts';
import { ownerOf } from '../../../cloud-stub/core/owners.ts';
import { type SignedOptions, signedBy } from '../../support/cloud-authorities.ts';
import { awsOf } from '../../support/cloud-aws.ts';
import { createCloudWorld, startMs } from '../../support/cloud-world.ts';

const dayMs = 24 * 3_600_000;
const mint = (commonName: string, options: { nowMs?: number; lifeMs?: number } = {}) =>
  makeCa({ commonName, random: randomBytes, nowMs: startMs, ...options });

let ca: KeyAndCertificate;
let other: KeyAndCertificate;
beforeAll(async () => {
  [ca, other] = [await mint('Line 1'), await mint('Line 2')];
});

const given = (letter: string, isRenewal: boolean): Authority => ({
  ...{ certificateId: letter.repeat(64), pem: `PEM ${letter}`, isRenewal },
  ...{ notBeforeMs: startMs - 1000, notAfterMs: startMs + 1000 },
});

/** Both names of the signature's algorithm, sha256WithRSAEncryption with no parameters, become RSASSA-PSS with none. */
function withPssOfSha1(pem: string): string {
  const hex = new X509Certificate(pem).raw.toString('hex');
  const changed = hex.replaceAll('2a864886f70d01010b0500', '2a864886f70d01010a3000');
  return certificatePem(new X509Certificate(Buffer.from(changed, 'hex')));
}

function authorityWorld() {
  const world = createCloudWorld({ authorities: [given('a', false), given('c', true)] });
  const aws = awsOf(world, { hasConnections: true });
  const code = (): string => aws('GET', '/registrationcode').body.registrationCode;
  const prove = async (by: KeyAndCertificate, name = code(), options: SignedOptions = {}) =>
    (await signedBy(by, name, { nowMs: startMs, ...options })).certificatePem;
  const register = async (one: KeyAndCertificate, query = '') =>
    aws('POST', `/cacertificate${query}`, {
      caCertificate: one.certificatePem,
      verificationCertificate: await prove(one),
    });
  const describeCa = (id: string) => aws('GET', `/cacertificate/${id}`);
  return { world, aws, code, prove, register, describeCa };
}

describe('the registration code', () => {
  it('is 64 hex digits, stays the same, and is another one after its deletion', () => {
    const { aws, code } = authorityWorld();
    const first = code();
    expect([first, code()]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), first]);
    expect(aws('DELETE', '/registrationcode').status).toBe(200);
    expect(code()).not.toBe(first);
  });

  it('that does not exist cannot be deleted', () => {
    expect(authorityWorld().aws('DELETE', '/registrationcode').fault).toBe('ResourceNotFound');
  });

  it('and a CA have owners of their own', () => {
    expect(ownerOf('authorities', 'a')).toBe('authority/a');
    expect(ownerOf('registration_codes', 'account')).toBe('account/account');
  });
});

describe('RegisterCACertificate', () => {
  it('registers a CA whose key signed the code, INACTIVE and without automatic registration', async () => {
    const { world, register, describeCa, aws } = authorityWorld();
    const id = certificateId(ca.certificatePem);
    const certificateArn = `arn:aws:iot:us-east-1:000000000000:cacert/${id}`;
    expect((await register(ca)).body).toEqual({ certificateArn, certificateId: id });
    expect(world.cloud.takeTasks()).toEqual([{ kind: 'trust' }]);
    expect(describeCa(id).body).toEqual({
      certificateDescription: {
        ...{ certificateArn, certificateId: id, status: 'INACTIVE' },
        ...{ autoRegistrationStatus: 'DISABLE', certificateMode: 'DEFAULT' },
        ...{ certificatePem: ca.certificatePem, ownedBy: '000000000000' },
        ...{ creationDate: startMs / 1000, lastModifiedDate: startMs / 1000 },
        validity: { notBefore: startMs / 1000 - 86_400, notAfter: expect.any(Number) },
      },
    });
    expect(aws('GET', '/cacertificates').body.certificates).toMatchObject([
      { certificateId: 'a'.repeat(64) },
      { certificateId: 'c'.repeat(64) },
      { certificateId: id, status: 'INACTIVE' },
    ]);
  });

  it('registers a CA in SNI_ONLY without proof', () => {
    const { aws, describeCa } = authorityWorld();
    const fields = { caCertificate: ca.certificatePem, certificateMode: 'SNI_ONLY' };
    const query = '?setAsActive=true&allowAutoRegistration=true';
    const { certificateId: id } = aws('POST', `/cacertificate${query}`, fields).body;
    expect(describeCa(id).body.certificateDescription).toMatchObject({
      ...{ status: 'ACTIVE', autoRegistrationStatus: 'ENABLE', certificateMode: 'SNI_ONLY' },
    });
  });

  it.each<[string, () => Promise<object>, string, RegExp]>([
    ['no CA certificate', async () => ({}), 'InvalidRequest', /caCertificate/],
    ['a number', async () => ({ caCertificate: 1 }), 'InvalidRequest', /caCertificate/],
    [
      'no proof',
      async () => ({ caCertificate: ca.certificatePem }),
      'InvalidRequest',
      /verificationCertificate is required/,
    ],
    [
      'a proof in SNI_ONLY',
      async () => ({
        ...{ caCertificate: ca.certificatePem, certificateMode: 'SNI_ONLY' },
        verificationCertificate: ca.certificatePem,
      }),
      'InvalidRequest',
      /must be empty/,
    ],
    [
      'another mode',
      async () => ({ caCertificate: ca.certificatePem, certificateMode: 'SNI' }),
      'InvalidRequest',
      /DEFAULT \| SNI_ONLY/,
    ],
    [
      'what is not served',
      async () => ({ caCertificate: ca.certificatePem, registrationConfig: {} }),
      'InvalidRequest',
      /registrationConfig/,
    ],
    [
      'a certificate that is no CA',
      async () => ({ caCertificate: (await signedBy(ca, 'R', { nowMs: startMs })).certificatePem }),
      'CertificateValidation',
      /no CA/,
    ],
    [
      'an expired CA',
      async () => ({
        caCertificate: (await mint('Old', { nowMs: startMs - 9 * dayMs, lifeMs: dayMs }))
          .certificatePem,
      }),
      'CertificateValidation',
      /expired/,
    ],
    [
      'a CA of the future',
      async () => ({
        caCertificate: (await mint('New', { nowMs: startMs + 9 * dayMs })).certificatePem,
      }),
      'CertificateValidation',
      /not valid yet/,
    ],
    [
      'two CAs',
      async () => ({ caCertificate: ca.certificatePem + other.certificatePem }),
      'CertificateValidation',
      /several/,
    ],
    [
      'a CA whose signature was changed',
      async () => ({ caCertificate: flipLastByte(ca.certificatePem) }),
      'CertificateValidation',
      /signature is wrong/,
    ],
    [
      'a CA signed by RSASSA-PSS with its default hash, SHA-1',
      async () => {
        const above = await makeCa({
          ...{ commonName: 'Above', kind: 'rsa-3072', random: randomBytes, nowMs: startMs },
        });
        const made = await signedBy(above, 'Below', { nowMs: startMs, isCa: true });
        return { caCertificate: withPssOfSha1(made.certificatePem) };
      },
      'CertificateValidation',
      /signed by rsassaPss/,
    ],
    ['text', async () => ({ caCertificate: 'hello' }), 'CertificateValidation', /no certificate/],
    [
      'a long text',
      async () => ({ caCertificate: 'x'.repeat(65_537) }),
      'CertificateValidation',
      /65536 characters/,
    ],
  ])('refuses %s', async (_what, fields, fault, message) => {
    const { aws } = authorityWorld();
    const all = await fields();
    const proof =
      'certificateMode' in all || fault === 'InvalidRequest' ? {} : { certificateMode: 'SNI_ONLY' };
    const answer = aws('POST', '/cacertificate', { ...all, ...proof });
    expect(answer).toMatchObject({ fault, message: expect.stringMatching(message) });
  });

  it.each<[string, (world: ReturnType<typeof authorityWorld>) => Promise<string>, string]>([
    ['another CA', ({ prove }) => prove(other), 'CertificateValidation'],
    [
      'a CA of the same name',
      async ({ prove }) => prove(await mint('Line 1')),
      'CertificateValidation',
    ],
    [
      'the CA for another code',
      ({ prove }) => prove(ca, 'f'.repeat(64)),
      'RegistrationCodeValidation',
    ],
    [
      'the CA for a deleted code',
      async ({ prove, aws }) => {
        const pem = await prove(ca);
        aws('DELETE', '/registrationcode');
        return pem;
      },
      'RegistrationCodeValidation',
    ],
    [
      'the CA, long ago',
      ({ prove, code }) => prove(ca, code(), { nowMs: startMs - dayMs }),
      'CertificateValidation',
    ],
    [
      'nobody, in the name of the CA',
      async ({ prove }) => flipLastByte(await prove(ca)),
      'CertificateValidation',
    ],
    ['the CA itself', async () => ca.certificatePem, 'RegistrationCodeValidation'],
    ['nobody', async () => 'nonsense', 'CertificateValidation'],
  ])('refuses a proof that was signed by %s', async (_whom, proof, fault) => {
    const made = authorityWorld();
    const verificationCertificate = await proof(made);
    const fields = { caCertificate: ca.certificatePem, verificationCertificate };
    expect(made.aws('POST', '/cacertificate', fields).fault).toBe(fault);
    expect(made.world.store.list('authorities')).toEqual([]);
    expect(made.world.cloud.takeTasks()).toEqual([]);
  });

  it('refuses a CA that is registered, and takes it again after its deletion', async () => {
    const { aws, register } = authorityWorld();
    const { certificateId: id } = (await register(ca)).body;
    expect((await register(ca)).fault).toBe('ResourceAlreadyExists');
    expect(aws('DELETE', `/cacertificate/${id}`).status).toBe(200);
    expect((await register(ca)).status).toBe(200);
  });

  it('registers ten CAs of one subject, as AWS', async () => {
    const { register } = authorityWorld();
    for (let i = 0; i < 10; i++) expect((await register(await mint('Same'))).status).toBe(200);
    expect(await register(await mint('Same'))).toMatchObject({
      status: 410,
      fault: 'LimitExceeded',
    });
    expect((await register(ca)).status).toBe(200);
  });

  it('refuses what would make the list of CAs too long for TLS', async () => {
    const { register } = authorityWorld();
    let last = await register(ca);
    for (let i = 0; last.status === 200 && i < 200; i++)
      last = await register(await mint(`CA ${i}`));
    expect(last).toMatchObject({ fault: 'LimitExceeded', message: /49152 bytes/ });
  });

  it('is refused beside an outside broker', () => {
    const aws = awsOf(createCloudWorld(), { hasConnections: false });
    const fields = { caCertificate: ca.certificatePem };
    expect(aws('POST', '/cacertificate', fields)).toMatchObject({
      ...{ fault: 'InvalidRequest', message: expect.stringContaining('outside broker') },
    });
  });

  // A changed issuer makes a CA of another one, which cannot be verified here; its key is proven all the same.
  it('answers whatever is damaged in a CA, and takes none whose subject or key is', async () => {
    const { aws, prove } = authorityWorld();
    const verificationCertificate = await prove(ca);
    const { certificatePem: pem } = ca;
    for (let at = 0; at < pem.length; at += 3) {
      const caCertificate = `${pem.slice(0, at)}A${pem.slice(at + 1)}`;
      const answer = aws('POST', '/cacertificate', { caCertificate, verificationCertificate });
      if (answer.status !== 200) expect(answer.status).toBeLessThan(500);
      else expect(hasSameKey(caCertificate, pem)).toBe(true);
    }
  });
});

function hasSameKey(pem: string, other: string): boolean {
  const [one, two] = [pem, other].map((text) => new X509Certificate(text));
  return (
    one?.subject === two?.subject &&
    two !== undefined &&
    one?.publicKey.equals(two.publicKey) === true
  );
}

const flipLastByte = (pem: string): string => {
  const body = pem.replace(/-----[^-]+-----|\s/g, '');
  const der = Buffer.from(body, 'base64');
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
};
