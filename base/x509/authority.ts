import { type KeyObject, X509Certificate } from 'node:crypto';
import { keySigner, type Signer } from './algorithms.ts';
import { makeCertificate } from './certificate.ts';
import { type Entropy, type Subject, serialNumber } from './fields.ts';
import { generateKeys, type KeyPair, type NewKeyKind } from './keys.ts';
import { caProfile, deviceProfile, type Profile, serverProfile } from './profiles.ts';

/** Complete certificates in one call each: a CA's, a server's, a robot's. */

export const dayMs = 24 * 60 * 60 * 1000;
export const yearMs = 365 * dayMs;

/** Some robots start with clocks that are behind, so a certificate issued today is valid since yesterday. */
const backdatedMs = dayMs;

export interface Issuing {
  /** The wall clock, ms since 1970. */
  readonly nowMs: number;
  readonly random: Entropy;
  /** Lifetime from now; limited by the issuer's own end. */
  readonly lifeMs?: number;
  /** The start of validity, at the latest a day before now. */
  readonly notBeforeMs?: number | undefined;
}

export interface KeyAndCertificate extends KeyPair {
  readonly certificatePem: string;
}

/** A self-signed certificate for the CA whose key `signer` uses. 30 years by default: it outlives what it signs. */
export function makeCaCertificate(
  ca: { commonName: string; publicKey: KeyObject; signer: Signer } & Issuing,
): Promise<string> {
  return makeCertificate({
    profile: caProfile,
    subject: { commonName: ca.commonName },
    publicKey: ca.publicKey,
    issuer: 'self',
    serial: serialNumber(ca.random),
    notBeforeMs: ca.nowMs - backdatedMs,
    notAfterMs: ca.nowMs + (ca.lifeMs ?? 30 * yearMs),
    signer: ca.signer,
  });
}

/** A software CA with a new key (P-256 by default) in memory. */
export async function makeCa(
  ca: { commonName: string; kind?: NewKeyKind } & Issuing,
): Promise<KeyAndCertificate> {
  const { commonName, kind = 'ec-p256', ...issuing } = ca;
  const keys = await generateKeys(kind);
  const signer = keySigner(keys.privateKey);
  const { publicKey } = keys;
  return {
    ...keys,
    certificatePem: await makeCaCertificate({ commonName, publicKey, signer, ...issuing }),
  };
}

/** A TLS server's certificate for `hostNames` (DNS names and IP addresses) with a new key; 10 years by default. */
export async function makeServerCertificate(
  server: {
    caKey: KeyObject;
    caCert: string;
    hostNames: readonly string[];
    /** The first host name by default. */
    commonName?: string;
    kind?: NewKeyKind;
  } & Issuing,
): Promise<KeyAndCertificate> {
  const keys = await generateKeys(server.kind ?? 'ec-p256');
  const certificatePem = await issue({
    profile: serverProfile,
    subject: { commonName: server.commonName ?? (server.hostNames[0] ?? '').slice(0, 64) },
    publicKey: keys.publicKey,
    extras: { hostNames: server.hostNames },
    issuer: server.caCert,
    signer: keySigner(server.caKey),
    issuing: server,
  });
  return { ...keys, certificatePem };
}

/** A robot's certificate. The issuer supplies the name, never the request. Valid for 10 years by default. */
export function makeDeviceCertificate(
  device: { commonName: string; publicKey: KeyObject; issuer: string; signer: Signer } & Issuing,
): Promise<string> {
  return issue({
    profile: deviceProfile,
    subject: { commonName: device.commonName },
    publicKey: device.publicKey,
    issuer: device.issuer,
    signer: device.signer,
    issuing: device,
  });
}

function issue(content: {
  profile: Profile;
  subject: Subject;
  publicKey: KeyObject;
  extras?: { hostNames: readonly string[] };
  /** PEM. */
  issuer: string;
  signer: Signer;
  issuing: Issuing;
}): Promise<string> {
  const { issuing, ...rest } = content;
  const { nowMs, random, lifeMs = 10 * yearMs, notBeforeMs = nowMs } = issuing;
  const issuerEndMs = new X509Certificate(content.issuer).validToDate.getTime();
  return makeCertificate({
    ...rest,
    serial: serialNumber(random),
    notBeforeMs: Math.min(notBeforeMs, nowMs - backdatedMs),
    notAfterMs: Math.min(nowMs + lifeMs, issuerEndMs),
  });
}
