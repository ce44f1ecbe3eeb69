import asn1 from 'node-forge/lib/asn1.js';
import { explain, PilotfishError } from '../errors.ts';

/**
 * DER trees, encoded and decoded by node-forge; no other file imports it.
 *
 * node-forge is only the codec: keys, signatures and chains are handled by node:crypto, an HSM or a TPM. The robot must
 * start quickly, so it imports the files that lead here only when it makes a request or certificate.
 */
export interface DerNode {
  readonly tagClass: number;
  readonly type: number;
  readonly constructed: boolean;
  /** The children of a constructed node; else the octets, one character (0-255) each. */
  readonly value: string | readonly DerNode[];
}

export const tagClasses = { universal: 0x00, context: 0x80 } as const;

export const tags = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  oid: 6,
  enumerated: 10,
  utf8String: 12,
  sequence: 16,
  set: 17,
  printableString: 19,
  t61String: 20,
  ia5String: 22,
  utcTime: 23,
  generalizedTime: 24,
  bmpString: 30,
} as const;

/** Deeper than any certificate or request, far below the stack limit. */
const depthMax = 24;

const toText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

export const toBytes = (text: string): Buffer => Buffer.from(text, 'latin1');

export const encode = (node: DerNode): Buffer => toBytes(asn1.toDer(node).getBytes());

/**
 * Decodes exactly one DER value. Throws `der-invalid` for anything else, also for BER and for trailing octets.
 *
 * As a second check the value is encoded again: node-forge writes canonical DER, so any other encoding is rejected.
 * Tags are not checked here; the caller must check every node that it uses (`shape.ts`).
 */
export function decode(bytes: Uint8Array): DerNode {
  let node: DerNode;
  let again: Buffer;
  try {
    node = asn1.fromDer(toText(bytes), {
      strict: true,
      parseAllBytes: true,
      decodeBitStrings: false,
      maxDepth: depthMax,
    });
    again = encode(node);
  } catch (error) {
    throw new PilotfishError('der-invalid', `not DER: ${explain(error)}`);
  }
  if (!again.equals(bytes)) throw new PilotfishError('der-invalid', 'not DER: encoded otherwise');
  return node;
}

const universal = (type: number, value: string | readonly DerNode[]): DerNode =>
  asn1.create(tagClasses.universal, type, typeof value !== 'string', value);

export const sequence = (...items: DerNode[]): DerNode => universal(tags.sequence, items);
export const setOf = (item: DerNode): DerNode => universal(tags.set, [item]);
export const nothing = (): DerNode => universal(tags.null, '');
export const truth = (): DerNode => universal(tags.boolean, '\u00ff');
export const oid = (dotted: string): DerNode => universal(tags.oid, oidOctets(dotted));
/** A non-negative INTEGER, its most significant octet first and below 128. */
export const integer = (bytes: Uint8Array): DerNode => universal(tags.integer, toText(bytes));
export const enumerated = (value: number): DerNode =>
  universal(tags.enumerated, String.fromCharCode(value));
export const octetString = (bytes: Uint8Array): DerNode =>
  universal(tags.octetString, toText(bytes));
export const bitString = (bytes: Uint8Array, unusedBits = 0): DerNode =>
  universal(tags.bitString, String.fromCharCode(unusedBits) + toText(bytes));
/** A string or time type; `text` is encoded as UTF-8, which is ASCII for the types that allow no more. */
export const text = (type: number, value: string): DerNode =>
  universal(type, toText(Buffer.from(value, 'utf8')));
/** A context-specific tag around other values: EXPLICIT, or an IMPLICIT collection. */
export const around = (number: number, ...items: DerNode[]): DerNode =>
  asn1.create(tagClasses.context, number, true, items);
/** A context-specific tag in place of a primitive type's own: IMPLICIT. */
export const inPlace = (number: number, bytes: Uint8Array): DerNode =>
  asn1.create(tagClasses.context, number, false, toText(bytes));

/** The content octets of an OBJECT IDENTIFIER, to compare with a node's octets, so that no alias matches. */
export const oidOctets = (dotted: string): string => asn1.oidToDer(dotted).getBytes();
