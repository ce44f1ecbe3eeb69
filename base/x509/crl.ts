import { createPublicKey } from 'node:crypto';
import { PilotfishError } from '../errors.ts';
import { isSignedBy, type Signer } from './algorithms.ts';
import { around, bitString, type DerNode, encode, enumerated, integer, sequence } from './der.ts';
import { authorityKeyIdentifier, extension } from './extensions.ts';
import { algorithmIdentifier, serial, time } from './fields.ts';
import { readIssuer } from './issuer.ts';
import { encodePem } from './pem.ts';

/** Why a certificate is revoked (RFC 5280 section 5.3.1), and its number there. */
export const revocationReasons = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
} as const;

export type RevocationReason = keyof typeof revocationReasons;

export const revocationReasonNames = Object.keys(revocationReasons) as readonly RevocationReason[];

export interface Revoked {
  /** The certificate's serial number. */
  readonly serial: Uint8Array;
  readonly revokedMs: number;
  readonly reason: RevocationReason;
}

export interface CrlContent {
  /** The CA's certificate, PEM. */
  readonly issuer: string;
  readonly signer: Signer;
  /** 1 or more, higher than any before. */
  readonly number: bigint;
  readonly thisUpdateMs: number;
  /** After this time, verifiers of the list reject every certificate of the CA. */
  readonly nextUpdateMs: number;
  readonly revoked: readonly Revoked[];
}

/**
 * Makes a certificate revocation list (X.509 CRL version 2, RFC 5280 section 5), complete and for all reasons, as PEM.
 *
 * Throws `x509-time`, `x509-serial`, `x509-crl-number`, `x509-issuer`, `x509-signature` (the signature is not by the
 * issuer's key), and what the signer throws.
 */
export async function makeCrl(content: CrlContent): Promise<string> {
  const { signer, revoked } = content;
  const { algorithm } = signer;
  if (!(content.thisUpdateMs < content.nextUpdateMs)) {
    throw new PilotfishError('x509-time', 'the list would end before it begins');
  }
  const issuer = readIssuer(content.issuer);
  const tbsNode = sequence(
    integer(Uint8Array.of(1)), // version 2
    algorithmIdentifier(algorithm),
    issuer.name,
    time(content.thisUpdateMs),
    time(content.nextUpdateMs),
    // Section 5.1.2.6: absent when nothing is revoked.
    ...(revoked.length > 0 ? [sequence(...revoked.map(entry))] : []),
    around(
      0,
      sequence(
        authorityKeyIdentifier(issuer.keyIdentifier),
        extension('crlNumber', integer(numberOctets(content.number))),
      ),
    ),
  );
  const tbs = encode(tbsNode);
  const signature = await signer.sign(tbs);
  const publicKey = createPublicKey(content.issuer);
  if (!isSignedBy(publicKey, { algorithm, data: tbs, signature })) {
    throw new PilotfishError('x509-signature', "the signature is not by the issuer's key");
  }
  const whole = sequence(tbsNode, algorithmIdentifier(algorithm), bitString(signature));
  return encodePem('X509 CRL', encode(whole));
}

function entry({ serial: number, revokedMs, reason }: Revoked): DerNode {
  // Section 5.3.1: the reason `unspecified` is encoded by omission.
  const why =
    reason === 'unspecified'
      ? []
      : [sequence(extension('reasonCode', enumerated(revocationReasons[reason])))];
  return sequence(serial(number), time(revokedMs), ...why);
}

/** Section 5.2.3: at most 20 octets. */
function numberOctets(number: bigint): Buffer {
  const digits = number.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const octets = Buffer.from(
    Number.parseInt(even.slice(0, 2), 16) > 0x7f ? `00${even}` : even,
    'hex',
  );
  if (number >= 1n && octets.length <= 20) return octets;
  throw new PilotfishError('x509-crl-number', `CRL number ${number}: expected 1 to 20 octets`);
}
