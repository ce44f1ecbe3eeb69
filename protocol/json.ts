/**
 * Whether bytes in UTF-8 are JSON (RFC 8259). `JSON.parse` tells it too, but by an error with which V8 keeps the whole text until a
 * full collection: a sender of large nonsense takes hundreds of MB so, and four times the time.
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
  ...{ bracket: 0x5b, brace: 0x7b },
};

/** `]` and `}` stand two behind `[` and `{`. */
const closing = (opening: number | undefined): number => (opening ?? none) + 2;

/** A byte order mark is no part of the text, and is taken all the same. */
const bomLength = ([a, b, c]: Uint8Array): number =>
  a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at += 1;
  return at;
}

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** The place behind the closing quote. */
function endOfString(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at += 1) {
    const byte = bytes[at];
    if (byte === ascii.quote) return at + 1;
    if (byte === undefined || byte < 0x20) return none;
    if (byte !== ascii.backslash) continue;
    at += 1;
    const escaped = String.fromCharCode(bytes[at] ?? 0);
    if (escaped === 'u') {
      if (!/^[0-9A-Fa-f]{4}$/.test(textOf(bytes.subarray(at + 1, at + 5)))) return none;
      at += 4;
    } else if (!'"\\/bfnrt'.includes(escaped)) {
      return none;
    }
  }
}

/** The place behind a number, `true`, `false` or `null`. */
function endOfWord(bytes: Uint8Array, from: number): number {
  const start = textOf(bytes.subarray(from, from + 5));
  const word = ['true', 'false', 'null'].find((one) => start.startsWith(one));
  if (word !== undefined) return from + word.length;
  let at = from;
  while (isOfNumber(bytes[at])) at += 1;
  return number.test(textOf(bytes.subarray(from, at))) ? at : none;
}

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const isOfNumber = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || numberSigns.includes(byte));
/** `+`, `-`, `.`, `E` and `e`. */
const numberSigns = [0x2b, 0x2d, 0x2e, 0x45, 0x65];

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
