import { describe, expect, it } from 'vitest';
import { startCrc32c, startCrc64Nvme } from '../../../base/crc.ts';

const algorithms = { 'CRC-32C': startCrc32c, 'CRC-64/NVME': startCrc64Nvme };
type Name = keyof typeof algorithms;

const crcOf = (name: Name, ...chunks: Uint8Array[]): string => {
  const crc = algorithms[name]();
  for (const chunk of chunks) crc.update(chunk);
  return Buffer.from(crc.digest()).toString('hex');
};
const text = (value: string) => Buffer.from(value);
const base64 = (value: string) => Buffer.from(value, 'base64').toString('hex');
const counting = Uint8Array.from({ length: 32 }, (_, i) => i);

/** One bit after another, as the standards define it: a second opinion on the tables. */
function bitwise(bytes: Uint8Array, { bits, polynomial }: { bits: bigint; polynomial: bigint }) {
  const ones = (1n << bits) - 1n;
  let crc = ones;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >> 1n) ^ ((crc & 1n) === 1n ? polynomial : 0n);
  }
  return (crc ^ ones).toString(16).padStart(Number(bits) / 4, '0');
}
const definitions = {
  'CRC-32C': { bits: 32n, polynomial: 0x82f63b78n },
  'CRC-64/NVME': { bits: 64n, polynomial: 0x9a6c9329ac4bc9b5n },
};

describe('a CRC', () => {
  // RFC 3720 B.4; the NVM Command Set Specification's 4 KiB blocks; the check values of the catalogue of CRCs; answers of S3.
  it.each<[Name, string, Uint8Array, string]>([
    ['CRC-32C', 'nothing', text(''), '00000000'],
    ['CRC-32C', 'the check text', text('123456789'), 'e3069283'],
    ['CRC-32C', '32 zeros', new Uint8Array(32), '8a9136aa'],
    ['CRC-32C', '32 bytes FF', new Uint8Array(32).fill(255), '62a8ab43'],
    ['CRC-32C', '32 rising bytes', counting, '46dd794e'],
    ['CRC-32C', "S3's abc", text('abc'), base64('Nks/tw==')],
    ['CRC-64/NVME', 'nothing', text(''), '0000000000000000'],
    ['CRC-64/NVME', 'the check text', text('123456789'), 'ae8b14860a799888'],
    ['CRC-64/NVME', 'a block of zeros', new Uint8Array(4096), '6482d367eb22b64e'],
    ['CRC-64/NVME', 'a block of FF', new Uint8Array(4096).fill(255), 'c0ddba7302eca3ac'],
    ['CRC-64/NVME', "S3's aaa", text('aaa'), base64('Rnr2/5P7Gsk=')],
    ['CRC-64/NVME', "S3's test-checksum", text('test-checksum'), base64('1f2xscCCZCU=')],
  ])('%s of %s is the published one', (name, _what, bytes, expected) => {
    expect(crcOf(name, bytes)).toBe(expected);
  });

  it.each(Object.keys(definitions) as Name[])(
    '%s is the same however the bytes are cut, and as the definition has it',
    (name) => {
      const bytes = Uint8Array.from({ length: 61 }, (_, i) => (i * 167 + 13) & 255);
      const expected = bitwise(bytes, definitions[name]);
      for (let at = 0; at <= bytes.length; at += 1) {
        const cut = [bytes.subarray(0, at), bytes.subarray(at, at + 3), bytes.subarray(at + 3)];
        expect(crcOf(name, ...cut)).toBe(expected);
      }
    },
  );
});
