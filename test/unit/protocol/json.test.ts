import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../protocol/codec.ts';
import { isJson } from '../../../protocol/json.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const canParse = (bytes: Uint8Array): boolean => {
  try {
    JSON.parse(new TextDecoder().decode(bytes));
    return true;
  } catch {
    return false;
  }
};

describe('text is accepted as JSON exactly when JSON.parse accepts it', () => {
  it.each([
    ...[
      '{}',
      '[]',
      '""',
      '0',
      '-0',
      '1.5e-7',
      'true',
      'false',
      'null',
      ' \t\r\n[ 1 , { "a" : [] } ] ',
    ],
    ...['"\\u00e9\\n\\"\\\\\\/"', '"é\u2028"', '\ufeff{}', '{"a":1,"a":2}', '[[[[]]]]', '1e400'],
    ...[
      '',
      ' ',
      '{',
      '}',
      '[',
      ']',
      '[1,]',
      '{,}',
      '{"a":1,}',
      '{"a"}',
      '{"a":}',
      '{a:1}',
      "{'a':1}",
    ],
    ...[
      '[1 2]',
      '01',
      '1.',
      '.5',
      '+1',
      '1e',
      '--1',
      'tru',
      'nulll',
      'True',
      'NaN',
      '"',
      '"\\',
      '"\\x"',
    ],
    ...[
      '"\\u12g4"',
      '"\\u12',
      '"a\nb"',
      '"\t"',
      '{}{}',
      '[}',
      '{]',
      '1,2',
      '"a" "b"',
      '[1]]',
      ':',
      ',',
    ],
    ...[
      '/* */1',
      '{"a":1}x',
      '\u00a01',
      '\f1',
      '\ufeff\ufeff1',
      '[1,,2]',
      '{"a":1 "b":2}',
      '{1:2}',
    ],
  ])('%j', (text) => {
    expect(isJson(bytesOf(text))).toBe(canParse(bytesOf(text)));
  });

  it('for random values with random changes', () => {
    const text = fc.tuple(fc.json(), fc.array(fc.tuple(fc.nat(), fc.nat(127)), { maxLength: 2 }));
    fc.assert(
      fc.property(text, ([json, changes]) => {
        const bytes = bytesOf(json);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        expect(isJson(bytes)).toBe(canParse(bytes));
      }),
      { numRuns: 2000, seed: 4 },
    );
  });
});

it('at any depth of nesting', () => {
  const deep = bytesOf('['.repeat(60_000) + ']'.repeat(60_000));
  expect(isJson(deep)).toBe(true);
  expect(isJson(deep.subarray(1))).toBe(false);
});

it('large invalid text is rejected without an error that keeps it', () => {
  const nonsense = bytesOf('x'.repeat(128 * 1024));
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 500; i++) expect(parseJson(nonsense).ok).toBe(false);
  // 64 MB have been refused.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(20 * 1024 * 1024);
});
