import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** S3's checksums that are served, with their length in bytes. CRC-32C and CRC-64/NVME are not. */
export const checksumBytes = { CRC32: 4, SHA1: 20, SHA256: 32 } as const;

export type ChecksumAlgorithm = keyof typeof checksumBytes;

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** In base64. */
  readonly value: string;
}

export const checksumAlgorithms = Object.keys(checksumBytes) as ChecksumAlgorithm[];

/** The header, or parameter, that holds such a checksum. */
export const checksumHeader = (algorithm: ChecksumAlgorithm): string =>
  `x-amz-checksum-${algorithm.toLowerCase()}`;

/** A checksum of bytes that arrive one after another. */
export interface RunningChecksum {
  update(chunk: Uint8Array): void;
  /** In base64. */
  digest(): string;
}

export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  if (algorithm === 'CRC32') return startCrc32();
  const hash = createHash(algorithm);
  return {
    update: (chunk) => void hash.update(chunk),
    digest: () => hash.digest('base64'),
  };
}

function startCrc32(): RunningChecksum {
  let value = 0;
  return {
    update(chunk) {
      value = crc32(chunk, value);
    },
    digest() {
      const bytes = Buffer.alloc(checksumBytes.CRC32);
      bytes.writeUInt32BE(value);
      return bytes.toString('base64');
    },
  };
}

/** Whether `text` is base64 of exactly so many bytes. */
export function isBase64Of(text: string, bytes: number): boolean {
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === bytes && decoded.toString('base64') === text;
}
