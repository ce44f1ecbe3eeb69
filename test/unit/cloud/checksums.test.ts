import { describe, expect, it } from 'vitest';
import {
  type ChecksumAlgorithm,
  checksumBytes,
  isBase64Of,
  startChecksum,
} from '../../../cloud-stub/checksums.ts';

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');

/** Published: the check value of CRC-32 (ISO-HDLC); FIPS 180, "abc". */
const vectors: [ChecksumAlgorithm, string, string][] = [
  ['CRC32', '123456789', 'cbf43926'],
  ['CRC32', '', '00000000'],
  ['SHA1', 'abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['SHA256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
];

describe('a checksum', () => {
  it.each(vectors)('%s of %j is %s, in one piece and byte by byte', (algorithm, text, hex) => {
    for (const pieces of [[text], text.split('')]) {
      const running = startChecksum(algorithm);
      for (const piece of pieces) running.update(Buffer.from(piece));
      expect(running.digest()).toBe(base64(hex));
    }
  });

  it.each(vectors)('%s of %j is base64 of its length', (algorithm, _text, hex) => {
    expect(isBase64Of(base64(hex), checksumBytes[algorithm])).toBe(true);
    expect(isBase64Of(base64(`${hex}00`), checksumBytes[algorithm])).toBe(false);
  });

  it.each(['AAAAAA', 'AAAAAA=', 'AAAAAB==', 'AAAA AA==', 'AA_-AA==', ''])(
    'is not base64 of four bytes as %j',
    (text) => {
      expect(isBase64Of(text, 4)).toBe(false);
    },
  );
});
