/** A field with a length of two bytes before it (MQTT 3.1.1 section 1.5.3), cut out of a packet. */
export interface Field {
  readonly bytes: Uint8Array;
  /** Where the next field begins. */
  readonly next: number;
}

/** The field at `at`; undefined when the packet ends within it. */
export function readField(body: Uint8Array, at: number): Field | undefined {
  const next = at + 2 + readUint16(body, at);
  return next <= body.length ? { bytes: body.subarray(at + 2, next), next } : undefined;
}

/** Past the end of the packet it returns a size that no field can have. */
export function readUint16(body: Uint8Array, at: number): number {
  const [high, low] = [body[at], body[at + 1]];
  return high === undefined || low === undefined ? Number.POSITIVE_INFINITY : high * 256 + low;
}

/** A fault in a packet, for people: what is wrong, and the clause that requires it. */
export type Fault = string;

/**
 * What is wrong with a string. A receiver may also close the connection because of code points that a sender should not
 * use; `isStrict` says whether it does.
 */
export function stringFault(bytes: Uint8Array, isStrict: boolean): Fault | undefined {
  if (isPrintableAscii(bytes)) return undefined;
  let text: string;
  try {
    // Rejects surrogates and overlong encodings. [MQTT-1.5.3-3]: a BOM is part of the string.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return 'a string that is not UTF-8 [MQTT-1.5.3-1]';
  }
  if (text.includes('\0')) return 'a string with U+0000 [MQTT-1.5.3-2]';
  if (isStrict && discouraged.test(text)) return 'a string with control characters (section 1.5.3)';
  return undefined;
}

/** Control characters and code points that Unicode assigns to nothing. */
const discouraged = /[\p{Cc}\p{Noncharacter_Code_Point}]/u;

const isPrintableAscii = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte >= 0x20 && byte < 0x7f);

const [plus, slash, hash] = [0x2b, 0x2f, 0x23];

/** What is wrong with the name of a topic, in PUBLISH and in a last will. */
export function topicFault(bytes: Uint8Array, isStrict: boolean): Fault | undefined {
  if (bytes.length === 0) return 'an empty topic [MQTT-4.7.3-1]';
  if (bytes.includes(plus) || bytes.includes(hash)) {
    return 'a topic with a wildcard [MQTT-3.3.2-2]';
  }
  return stringFault(bytes, isStrict);
}

/** What is wrong with a topic filter. */
export function filterFault(bytes: Uint8Array, isStrict: boolean): Fault | undefined {
  if (bytes.length === 0) return 'an empty topic filter [MQTT-4.7.3-1]';
  for (const [at, byte] of bytes.entries()) {
    if (byte !== plus && byte !== hash) continue;
    const isWhole = (at === 0 || bytes[at - 1] === slash) && (bytes[at + 1] ?? slash) === slash;
    if (byte === plus && !isWhole) return 'a "+" that is not a level [MQTT-4.7.1-3]';
    if (byte === hash && !(isWhole && at === bytes.length - 1)) {
      return 'a "#" that is not the last level [MQTT-4.7.1-2]';
    }
  }
  return stringFault(bytes, isStrict);
}
