import { randomBytes } from 'node:crypto';
import { keySigner } from '../../base/x509/algorithms.ts';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { makeCertificate } from '../../base/x509/certificate.ts';
import { serialNumber } from '../../base/x509/fields.ts';
import { generateKeys } from '../../base/x509/keys.ts';
import { caProfile, deviceProfile } from '../../base/x509/profiles.ts';

export interface SignedOptions {
  readonly nowMs?: number;
  readonly lifeMs?: number;
  readonly isCa?: boolean;
  readonly kind?: Parameters<typeof generateKeys>[0];
}

const hourMs = 3_600_000;

/** A certificate with a new key, signed by `ca`. Valid for an hour before and after `nowMs`, unless told otherwise. */
export async function signedBy(
  ca: KeyAndCertificate,
  commonName: string,
  { nowMs = Date.now(), lifeMs = hourMs, isCa = false, kind = 'ec-p256' }: SignedOptions = {},
): Promise<KeyAndCertificate> {
  const keys = await generateKeys(kind);
  const certificatePem = await makeCertificate({
    profile: isCa ? caProfile : deviceProfile,
    subject: { commonName },
    publicKey: keys.publicKey,
    issuer: ca.certificatePem,
    serial: serialNumber(randomBytes),
    notBeforeMs: nowMs - hourMs,
    notAfterMs: nowMs + lifeMs,
    signer: keySigner(ca.privateKey),
  });
  return { ...keys, certificatePem };
}

/** A CA that may sign other CAs. Valid for an hour before and after now. */
export async function mintRoot(commonName: string): Promise<KeyAndCertificate> {
  const keys = await generateKeys('ec-p256');
  const certificatePem = await makeCertificate({
    profile: { ...caProfile, authority: { pathLength: 1 } },
    subject: { commonName },
    publicKey: keys.publicKey,
    issuer: 'self',
    serial: serialNumber(randomBytes),
    notBeforeMs: Date.now() - hourMs,
    notAfterMs: Date.now() + hourMs,
    signer: keySigner(keys.privateKey),
  });
  return { ...keys, certificatePem };
}
