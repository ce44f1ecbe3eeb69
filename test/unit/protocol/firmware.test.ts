import { expect, it } from 'vitest';
import { preAuthEncoding } from '../../../protocol/firmware.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (from: string) => new TextEncoder().encode(from);

// The test vector of the DSSE protocol description (secure-systems-lab/dsse, protocol.md).
it('encodes the published example', () => {
  expect(text(preAuthEncoding('http://example.com/HelloWorld', bytes('hello world')))).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  );
});

it('counts bytes, not characters', () => {
  expect(text(preAuthEncoding('ä', bytes('🤖')))).toBe('DSSEv1 2 ä 4 🤖');
});

it('keeps the payload unchanged, even when it is no text', () => {
  const payload = new Uint8Array([0, 0xff, 0x0a, 0x20]);
  const encoded = preAuthEncoding('t', payload);
  expect(text(encoded.subarray(0, 13))).toBe('DSSEv1 1 t 4 ');
  expect(encoded.subarray(13)).toEqual(payload);
});

it('never encodes two different inputs to the same bytes', () => {
  const one = preAuthEncoding('a', bytes('1 b'));
  const other = preAuthEncoding('a 3 1', bytes('b'));
  expect(text(one)).not.toBe(text(other));
  expect(text(preAuthEncoding('', bytes('')))).toBe('DSSEv1 0  0 ');
});
