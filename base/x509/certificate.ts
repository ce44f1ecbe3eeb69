import { createPublicKey, type KeyObject } from 'node:crypto';
import { PilotfishError } from '../errors.ts';
import { isSignedBy, type Signer } from './algorithms.ts';
import { around, bitString, type DerNode, encode, integer, sequence } from './der.ts';
import { extensions } from './extensions.ts';
import {
  algorithmIdentifier,
  keyIdentifier,
  name,
  publicKeyInfo,
  type Subject,
  serial,
  time,
} from './fields.ts';
import { readIssuer } from './issuer.ts';
import { keyKindOf } from './keys.ts';
import { encodePem } from './pem.ts';
import type { Profile } from './profiles.ts';

export interface CertificateContent {
  readonly profile: Profile;
  readonly subject: Subject;
  readonly publicKey: KeyObject;
  /** The issuer's certificate as PEM, or `self`. */
  readonly issuer: string;
  /** See `serialNumber`. */
  readonly serial: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** The issuer's. */
  readonly signer: Signer;
  readonly extras?: {
    /** DNS names and IP addresses, for profiles that have them. */
    readonly hostNames?: readonly string[];
  };
}

/**
 * Makes a certificate (X.509 version 3, RFC 5280), as PEM.
 *
 * Throws `x509-key`, `x509-name`, `x509-time`, `x509-serial`, `x509-host-name`, `x509-issuer` (not readable, or no CA),
 * `x509-signature` (the issuer's key does not verify the signer's signature), and what the signer throws.
 */
export async function makeCertificate(content: CertificateContent): Promise<string> {
  const { publicKey, signer } = content;
  const { algorithm } = signer;
  if (keyKindOf(publicKey) === undefined) {
    throw new PilotfishError(
      'x509-key',
      'the key is not P-256, P-384 or RSA of at least 2048 bits',
    );
  }
  if (!(content.notBeforeMs < content.notAfterMs)) {
    throw new PilotfishError('x509-time', 'the certificate would end before it begins');
  }
  const tbsNode = toBeSigned(content);
  const tbs = encode(tbsNode);
  const signature = await signer.sign(tbs);
  const issuerKey = content.issuer === 'self' ? publicKey : createPublicKey(content.issuer);
  // No certificate may be issued with the signature of a wrong key on the token.
  if (!isSignedBy(issuerKey, { algorithm, data: tbs, signature })) {
    throw new PilotfishError('x509-signature', "the signature is not by the issuer's key");
  }
  const whole = sequence(tbsNode, algorithmIdentifier(algorithm), bitString(signature));
  return encodePem('CERTIFICATE', encode(whole));
}

function toBeSigned(content: CertificateContent): DerNode {
  const { profile, extras } = content;
  const spki = publicKeyInfo(content.publicKey);
  const subject = name(content.subject);
  const issuer = content.issuer === 'self' ? undefined : readIssuer(content.issuer);
  const hostNames = extras?.hostNames ?? [];
  if (hostNames.length > 0 !== profile.hasHostNames) {
    const [first = 'none'] = hostNames;
    throw new PilotfishError('x509-host-name', `host names (${first}) do not fit the profile`);
  }
  return sequence(
    around(0, integer(Uint8Array.of(2))), // version 3
    serial(content.serial),
    algorithmIdentifier(content.signer.algorithm),
    issuer?.name ?? subject,
    sequence(time(content.notBeforeMs), time(content.notAfterMs)),
    subject,
    spki,
    extensions({
      profile,
      hostNames,
      keyIdentifier: keyIdentifier(spki),
      issuerKeyIdentifier: issuer?.keyIdentifier,
    }),
  );
}
