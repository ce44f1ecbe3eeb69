import { createHash, type KeyObject } from 'node:crypto';
import { PilotfishError } from '../errors.ts';
import { type SignatureAlgorithm, signatureAlgorithms } from './algorithms.ts';
import { type DerNode, decode, integer, nothing, oid, sequence, setOf, tags, text } from './der.ts';
import { inSequence, wholeBits } from './shape.ts';

/** The fields of requests and certificates. */

/** Random octets; the composition root passes in node:crypto's `randomBytes`. */
export type Entropy = (bytes: number) => Uint8Array;

export interface Subject {
  /** 1-64 characters, none of them control or format characters. */
  readonly commonName: string;
  readonly organizationName?: string;
  /** Two capital letters. */
  readonly countryName?: string;
}

export const commonNameOid = '2.5.4.3';
export const isNameText = (value: string): boolean => /^\P{C}{1,64}$/u.test(value);

/** A distinguished name. Throws `x509-name`. */
export function name({ commonName, organizationName, countryName }: Subject): DerNode {
  for (const value of [commonName, organizationName]) {
    if (value !== undefined && !isNameText(value)) {
      const shown = JSON.stringify(value.slice(0, 80));
      throw new PilotfishError('x509-name', `${shown}: expected 1 to 64 printable characters`);
    }
  }
  if (countryName !== undefined && !/^[A-Z]{2}$/.test(countryName)) {
    throw new PilotfishError('x509-name', 'country: expected two capital letters');
  }
  const attribute = (type: string, value: DerNode) => setOf(sequence(oid(type), value));
  return sequence(
    // RFC 5280 section 4.1.2.4: UTF8String, but PrintableString for the country.
    ...(countryName ? [attribute('2.5.4.6', text(tags.printableString, countryName))] : []),
    ...(organizationName ? [attribute('2.5.4.10', text(tags.utf8String, organizationName))] : []),
    attribute(commonNameOid, text(tags.utf8String, commonName)),
  );
}

/**
 * A validity date, truncated to seconds: UTCTime before 2050, GeneralizedTime from then on (RFC 5280 section 4.1.2.5).
 */
export function time(dateMs: number): DerNode {
  const isInRange = dateMs >= Date.UTC(1950) && dateMs < Date.UTC(10_000);
  if (!isInRange) throw new PilotfishError('x509-time', `${dateMs} is not a date for certificates`);
  const digits = `${new Date(dateMs).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
  return dateMs < Date.UTC(2050)
    ? text(tags.utcTime, digits.slice(2))
    : text(tags.generalizedTime, digits);
}

/** A serial number of 16 random octets: positive, minimal and of constant length. */
export function serialNumber(random: Entropy): Uint8Array {
  const bytes = Uint8Array.from(random(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

/** The INTEGER of a serial number. Throws `x509-serial` (RFC 5280 section 4.1.2.2: positive, at most 20 octets). */
export function serial(bytes: Uint8Array): DerNode {
  const first = bytes[0] ?? 0;
  if (bytes.length > 20 || first === 0 || first > 0x7f) {
    throw new PilotfishError(
      'x509-serial',
      'serial number: expected 1 to 20 octets, the first 1-127',
    );
  }
  return integer(bytes);
}

/** EC: parameters absent (RFC 5758 section 3.2); RSA: NULL (RFC 4055 section 5). */
export function algorithmIdentifier(algorithm: SignatureAlgorithm): DerNode {
  const { oid: dotted, keyType } = signatureAlgorithms[algorithm];
  return sequence(oid(dotted), ...(keyType === 'rsa' ? [nothing()] : []));
}

/** A public key as node:crypto writes it. */
export const publicKeyInfo = (publicKey: KeyObject): DerNode =>
  decode(publicKey.export({ type: 'spki', format: 'der' }));

/** SHA-1 of the public key's bits (RFC 5280 section 4.2.1.2, method 1): an identifier, not a security feature. */
export function keyIdentifier(spki: DerNode): Buffer {
  const [, bits] = inSequence(spki, 'public key', 2);
  return createHash('sha1').update(wholeBits(bits, 'public key')).digest();
}
