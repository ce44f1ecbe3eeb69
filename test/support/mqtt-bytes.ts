/** Hand-written MQTT 3.1.1 packets, independent of the code that reads them. Section numbers are of that standard. */

/** Section 2.2.3. */
export function remainingLength(length: number): number[] {
  const bytes: number[] = [];
  let left = length;
  do {
    const low = left % 128;
    left = Math.floor(left / 128);
    bytes.push(left > 0 ? low + 128 : low);
  } while (left > 0);
  return bytes;
}

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** A packet with this first byte. */
export const packet = (first: number, ...parts: (Uint8Array | number[])[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([first, ...remainingLength(body.length)]), body]);
};

/** Section 1.5.3: two bytes of length, then the bytes. */
export const field = (content: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(content as Uint8Array);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
};

/** Section 3.3, at QoS 0. */
export const publishBytes = (
  topic: string | Uint8Array,
  payload: string | Uint8Array = '',
): Buffer => packet(0x30, field(topic), Buffer.from(payload as Uint8Array));

export interface ConnectFields {
  readonly clientId?: string | Uint8Array;
  readonly will?: { readonly topic: string | Uint8Array; readonly message?: string };
  readonly user?: string | Uint8Array;
  readonly password?: string;
  readonly level?: number;
  /** Flags in place of those that fit the fields. */
  readonly flags?: number;
}

/** Section 3.1, with a clean session and a keep-alive of 60 s. */
export function connectBytes(fields: ConnectFields = {}): Buffer {
  const { clientId = 'R1', will, user, password, level = 4 } = fields;
  const has = (bit: number, value: unknown) => (value === undefined ? 0 : bit);
  const flags = 2 | has(4, will) | has(0x80, user) | has(0x40, password);
  return packet(
    0x10,
    field('MQTT'),
    [level, fields.flags ?? flags, 0, 60],
    field(clientId),
    ...(will === undefined ? [] : [field(will.topic), field(will.message ?? '')]),
    ...(user === undefined ? [] : [field(user)]),
    ...(password === undefined ? [] : [field(password)]),
  );
}

/** Section 3.8. */
export const subscribeBytes = (id: number, ...filters: (string | Uint8Array)[]): Buffer =>
  packet(0x82, [id >> 8, id & 255], ...filters.flatMap((filter) => [field(filter), [0]]));

/** Section 3.10. */
export const unsubscribeBytes = (id: number, ...filters: (string | Uint8Array)[]): Buffer =>
  packet(0xa2, [id >> 8, id & 255], ...filters.map((filter) => field(filter)));

/** Strings that section 1.5.3 forbids, and what is wrong with them. */
export const forbiddenStrings: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['U+0000', Buffer.from('a\0b')],
  ['a lone continuation byte', hex('61 80')],
  ['a broken sequence', hex('c3 28')],
  ['a sequence that ends early', hex('61 e2 82')],
  ['an overlong solidus', hex('c0 af')],
  ['an overlong U+0000', hex('c0 80')],
  ['an overlong sequence of three bytes', hex('e0 80 af')],
  ['the surrogate U+D800', hex('ed a0 80')],
  ['the surrogate U+DFFF', hex('ed bf bf')],
  ['a pair of surrogates (CESU-8)', hex('ed a0 bd ed b8 80')],
  ['a code point above U+10FFFF', hex('f4 90 80 80')],
  ['a byte that never occurs', hex('61 ff')],
];

/** Strings that section 1.5.3 lets a receiver close for. */
export const discouragedStrings: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['U+0001', Buffer.from('a\u0001')],
  ['a line feed', Buffer.from('a\nb')],
  ['U+007F', Buffer.from('a\u007f')],
  ['U+0085', Buffer.from('a\u0085')],
  ['the noncharacter U+FFFF', Buffer.from('a\uffff')],
  ['the noncharacter U+FDD0', Buffer.from('a\ufdd0')],
];
