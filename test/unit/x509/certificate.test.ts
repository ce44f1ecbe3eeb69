import { createHash, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keySigner } from '../../../base/x509/algorithms.ts';
import {
  dayMs,
  makeCa,
  makeDeviceCertificate,
  makeServerCertificate,
  yearMs,
} from '../../../base/x509/authority.ts';
import { type CertificateContent, makeCertificate } from '../../../base/x509/certificate.ts';
import { serialNumber } from '../../../base/x509/fields.ts';
import { generateKeys } from '../../../base/x509/keys.ts';
import { deviceProfile, serverProfile } from '../../../base/x509/profiles.ts';
import { folders } from '../../support/pki-folder.ts';
import { hasOpenssl, openssl, withOpenssl } from '../../support/pki-openssl.ts';

const folder = folders();
const nowMs = Date.now();
const issuing = { nowMs, random: randomBytes };

const kindsOfCa = ['ec-p256', 'ec-p384', 'rsa-2048', 'rsa-3072'] as const;
const kindsOfKey = ['ec-p256', 'rsa-2048'] as const;

describe.each(kindsOfCa)('a %s CA', (kind) => {
  it.each(kindsOfKey)('signs a robot with a key of kind %s', async (keyKind) => {
    const ca = await makeCa({ commonName: 'Test CA', kind, ...issuing });
    const { publicKey, privateKey } = await generateKeys(keyKind);
    const signer = keySigner(ca.privateKey);
    const issuer = ca.certificatePem;
    const leaf = new X509Certificate(
      await makeDeviceCertificate({ commonName: 'R:1', publicKey, issuer, signer, ...issuing }),
    );
    const root = new X509Certificate(ca.certificatePem);
    expect(root.ca && root.verify(root.publicKey) && root.checkPrivateKey(ca.privateKey)).toBe(
      true,
    );
    expect(leaf.verify(ca.publicKey) && leaf.checkIssued(root)).toBe(true);
    expect(leaf.ca).toBe(false);
    // Each key in its own certificate: a chain verifies also when both hold the CA's.
    expect(leaf.checkPrivateKey(privateKey)).toBe(true);
    expect(leaf.subject).toBe('CN=R:1');
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(leaf.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    expect(leaf.validFromDate.getTime()).toBeLessThanOrEqual(nowMs - dayMs);
    expect(leaf.validToDate.getTime()).toBeGreaterThan(nowMs + 10 * yearMs - 2000);
  });

  it.runIf(hasOpenssl)(withOpenssl('is strictly valid to openssl'), async () => {
    const ca = await makeCa({ commonName: 'Test CA', kind, ...issuing });
    const caFile = join(await folder(), 'ca.crt');
    await writeFile(caFile, ca.certificatePem);
    const signer = keySigner(ca.privateKey);
    const { publicKey } = await generateKeys('ec-p256');
    const issuer = ca.certificatePem;
    const robot = { commonName: 'R:1', publicKey, issuer, signer, ...issuing };
    const server = await makeServerCertificate({
      caKey: ca.privateKey,
      caCert: issuer,
      hostNames: ['localhost', '127.0.0.1', '::1', 'fe80::a:1'],
      ...issuing,
    });
    const verify = (purpose: string, pem: string) =>
      openssl(['verify', '-x509_strict', '-purpose', purpose, '-CAfile', caFile], pem).text;
    expect(verify('sslclient', await makeDeviceCertificate(robot))).toBe('stdin: OK\n');
    expect(verify('sslserver', server.certificatePem)).toBe('stdin: OK\n');
    expect(verify('sslserver', await makeDeviceCertificate(robot))).toContain('purpose');
    const { text } = openssl(['x509', '-noout', '-ext', 'subjectAltName'], server.certificatePem);
    expect(text).toContain(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:FE80:0:0:0:0:0:A:1',
    );
  });
});

describe('the encoding', () => {
  it('of extensions equals that of RFC 5280, octet for octet', async () => {
    const ca = await makeCa({ commonName: 'Test CA', ...issuing });
    const robot = await makeDeviceCertificate({
      commonName: 'R:1',
      publicKey: ca.publicKey,
      issuer: ca.certificatePem,
      signer: keySigner(ca.privateKey),
      ...issuing,
    });
    const hex = (pem: string) => new X509Certificate(pem).raw.toString('hex');
    const id = pointHash(ca.publicKey.export({ type: 'spki', format: 'der' }));
    // Basic constraints, key usage: critical, CA with path length 0; then an end certificate.
    expect(hex(ca.certificatePem)).toContain('0603551d130101ff040830060101ff020100');
    expect(hex(ca.certificatePem)).toContain('0603551d0f0101ff040403020106');
    expect(hex(robot)).toContain('0603551d130101ff04023000');
    expect(hex(robot)).toContain('0603551d0f0101ff040403020780');
    expect(hex(robot)).toContain('0603551d25040c300a06082b06010505070302');
    expect(hex(robot)).toContain(`0603551d0e04160414${id}`);
    expect(hex(robot)).toContain(`0603551d23041830168014${id}`);
  });

  it('of dates changes in 2050', async () => {
    const hex = async (notAfterMs: number) =>
      new X509Certificate(await selfSigned({ notAfterMs })).raw.toString('latin1');
    expect(await hex(Date.UTC(2049, 11, 31, 23, 59, 59))).toContain('\u0017\u000d491231235959Z');
    expect(await hex(Date.UTC(2050, 0, 1))).toContain('\u0018\u000f20500101000000Z');
    expect(await hex(Date.UTC(9999, 11, 31, 23, 59, 59))).toContain('99991231235959Z');
  });

  it('of serial numbers always has 16 octets, and is positive', () => {
    for (const octet of [0x00, 0x7f, 0x80, 0xff]) {
      const bytes = serialNumber((length) => new Uint8Array(length).fill(octet));
      expect(bytes).toHaveLength(16);
      expect(bytes[0]).toBeGreaterThanOrEqual(0x40);
      expect(bytes[0]).toBeLessThan(0x80);
      expect(bytes[15]).toBe(octet);
    }
  });
});

it('a certificate ends no later than its issuer', async () => {
  const ca = await makeCa({ commonName: 'Short', lifeMs: yearMs, ...issuing });
  const leaf = await makeServerCertificate({
    caKey: ca.privateKey,
    caCert: ca.certificatePem,
    hostNames: ['a.example'],
    ...issuing,
  });
  const end = (pem: string) => new X509Certificate(pem).validTo;
  expect(end(leaf.certificatePem)).toBe(end(ca.certificatePem));
});

describe('a certificate is not made with', () => {
  const p521 = generateKeyPairSync('ec', { namedCurve: 'secp521r1' });
  it.each<[string, Partial<CertificateContent>, string]>([
    ['a name with a line break', { subject: { commonName: 'a\nb' } }, 'x509-name'],
    ['a country in lower case', { subject: { commonName: 'a', countryName: 'de' } }, 'x509-name'],
    ['an end before the beginning', { notAfterMs: 0 }, 'x509-time'],
    ['an invalid date', { notAfterMs: Date.UTC(10_001) }, 'x509-time'],
    ['a negative serial number', { serial: Uint8Array.of(0x80) }, 'x509-serial'],
    ['no serial number', { serial: new Uint8Array() }, 'x509-serial'],
    ['a key of another curve', { publicKey: p521.publicKey }, 'x509-key'],
    ['a server without host name', { profile: serverProfile }, 'x509-host-name'],
    ['a robot with host name', { extras: { hostNames: ['a'] } }, 'x509-host-name'],
    [
      'an invalid host name',
      { profile: serverProfile, extras: { hostNames: ['a b'] } },
      'x509-host-name',
    ],
    ['an issuer that is no certificate', { issuer: 'hello' }, 'x509-issuer'],
  ])('%s', async (_, changes, code) => {
    await expect(selfSigned(changes)).rejects.toMatchObject({ code });
  });

  it('an end certificate as issuer', async () => {
    const issuer = await selfSigned({});
    await expect(selfSigned({ issuer })).rejects.toMatchObject({ code: 'x509-issuer' });
  });

  it('a signer that has another key', async () => {
    const ca = await makeCa({ commonName: 'One', ...issuing });
    const other = await makeCa({ commonName: 'Two', ...issuing });
    const server = { hostNames: ['a'], caCert: ca.certificatePem, caKey: other.privateKey };
    await expect(makeServerCertificate({ ...server, ...issuing })).rejects.toMatchObject({
      code: 'x509-signature',
    });
  });
});

async function selfSigned(changes: Partial<CertificateContent>): Promise<string> {
  const { publicKey, privateKey } = await generateKeys('ec-p256');
  return makeCertificate({
    profile: deviceProfile,
    subject: { commonName: 'R:1' },
    publicKey,
    issuer: 'self',
    serial: serialNumber(randomBytes),
    notBeforeMs: nowMs,
    notAfterMs: nowMs + yearMs,
    signer: keySigner(privateKey),
    ...changes,
  });
}

/** SHA-1 over the 65 octets of a P-256 point, the last ones of its SubjectPublicKeyInfo. */
const pointHash = (spki: Buffer): string =>
  createHash('sha1').update(spki.subarray(-65)).digest('hex');
