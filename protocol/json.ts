/**
 * Whether bytes in UTF-8 are JSON (RFC 8259). `JSON.parse` checks that too, but V8 keeps the whole text with its error
 * until a full collection: a sender of large invalid payloads would cost hundreds of MB, and four times the time.
 */
export function isJson(bytes: Uint8Array): boolean {
  const open: number[] = [];
  let expected: 'value' | 'element' | 'member' | 'key' | 'colon' | 'end' = 'value';
  for (let at = skipSpace(bytes, bomLength(bytes)); at < bytes.length; at = skipSpace(bytes, at)) {
    const byte = bytes[at] ?? 0;
    switch (expected) {
      case 'colon':
        if (byte !== ascii.colon) return false;
        expected = 'value';
        at += 1;
        continue;
      case 'end':
        if (byte === ascii.comma && open.length > 0) {
          expected = open.at(-1) === ascii.brace ? 'key' : 'value';
        } else if (byte !== closing(open.pop())) {
          return false;
        }
        at += 1;
        continue;
      case 'element':
      case 'member':
        if (byte === closing(open.at(-1))) {
          open.pop();
          expected = 'end';
          at += 1;
          continue;
        }
        break;
      case 'key':
      case 'value':
        break;
    }
    if (expected === 'member' || expected === 'key') {
      if (byte !== ascii.quote) return false;
      at = endOfString(bytes, at + 1);
      expected = 'colon';
    } else if (byte === ascii.brace || byte === ascii.bracket) {
      open.push(byte);
      expected = byte === ascii.brace ? 'member' : 'element';
      at += 1;
    } else {
      at = byte === ascii.quote ? endOfString(bytes, at + 1) : endOfWord(bytes, at);
      expected = 'end';
    }
    if (at === none) return false;
  }
  return expected === 'end' && open.length === 0;
}

const none = -1;
const ascii = {
  ...{ quote: 0x22, backslash: 0x5c, comma: 0x2c, colon: 0x3a },
  ...{ bracket: 0x5b, brace: 0x7b, minus: 0x2d, plus: 0x2b, point: 0x2e, zero: 0x30, e: 0x65 },
};

/** The codes of `]` and `}` are two above those of `[` and `{`. */
const closing = (opening: number | undefined): number => (opening ?? none) + 2;

/** A byte order mark is not part of the text, and is accepted. */
const bomLength = ([a, b, c]: Uint8Array): number =>
  a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at += 1;
  return at;
}

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** The position after the closing quote. */
function endOfString(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at += 1) {
    const byte = bytes[at];
    if (byte === ascii.quote) return at + 1;
    if (byte === undefined || byte < 0x20) return none;
    if (byte !== ascii.backslash) continue;
    at += 1;
    const escaped = String.fromCharCode(bytes[at] ?? 0);
    if (escaped === 'u') {
      for (const end = at + 4; at < end; at += 1) if (!isHexDigit(bytes[at + 1])) return none;
    } else if (!'"\\/bfnrt'.includes(escaped)) {
      return none;
    }
  }
}

/** The position after a number, `true`, `false` or `null`. */
function endOfWord(bytes: Uint8Array, from: number): number {
  const word = words.find(([first]) => first === bytes[from]);
  if (word === undefined) return endOfNumber(bytes, from);
  return word.every((byte, n) => bytes[from + n] === byte) ? from + word.length : none;
}

const words = ['true', 'false', 'null'].map((word) =>
  Array.from(word, (letter) => letter.charCodeAt(0)),
);

/** Digits without leading zeros; a fraction and an exponent may follow. */
function endOfNumber(bytes: Uint8Array, from: number): number {
  const start = bytes[from] === ascii.minus ? from + 1 : from;
  let at = bytes[start] === ascii.zero ? start + 1 : endOfDigits(bytes, start);
  if (bytes[at] === ascii.point) at = endOfDigits(bytes, at + 1);
  // Bit 0x20 makes a letter lower-case.
  if (at === none || ((bytes[at] ?? 0) | 0x20) !== ascii.e) return at;
  const sign = bytes[at + 1];
  return endOfDigits(bytes, at + (sign === ascii.plus || sign === ascii.minus ? 2 : 1));
}

/** The position after the digits; at least one is required. */
function endOfDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(bytes[at])) at += 1;
  return at === from ? none : at;
}

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 0x30 && byte <= 0x39;

const isHexDigit = (byte: number | undefined): boolean =>
  isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
