import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type RunningCrc, startCrc32c, startCrc64Nvme } from '../base/crc.ts';

/** S3's checksums that are served, with their length in bytes. */
export const checksumBytes = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 } as const;

export type ChecksumAlgorithm = keyof typeof checksumBytes;

/** S3's checksum of an object that came without one. */
export const defaultAlgorithm: ChecksumAlgorithm = 'CRC64NVME';

/** Of all bytes, or of the parts' checksums one after another. */
export const checksumTypes = ['FULL_OBJECT', 'COMPOSITE'] as const;
export type ChecksumType = (typeof checksumTypes)[number];

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** In base64; `-` and the number of parts follow when it is a composite one. */
  readonly value: string;
  /** Absent: of all bytes. */
  readonly type?: 'COMPOSITE';
}

export const checksumAlgorithms = Object.keys(checksumBytes) as ChecksumAlgorithm[];

/** The header, or parameter, that holds such a checksum. */
export const checksumHeader = (algorithm: ChecksumAlgorithm): string =>
  `x-amz-checksum-${algorithm.toLowerCase()}`;

/** The headers of an answer about a whole object. */
export const objectChecksumHeaders = ({
  algorithm,
  value,
  type,
}: Checksum): Record<string, string> => ({
  [checksumHeader(algorithm)]: value,
  'x-amz-checksum-type': type ?? ('FULL_OBJECT' satisfies ChecksumType),
});

/** A checksum of bytes that arrive one after another. */
export interface RunningChecksum {
  update(chunk: Uint8Array): void;
  /** In base64. */
  digest(): string;
}

export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  if (algorithm === 'CRC32') return startCrc32();
  if (algorithm === 'CRC32C') return inBase64(startCrc32c());
  if (algorithm === 'CRC64NVME') return inBase64(startCrc64Nvme());
  const hash = createHash(algorithm);
  return {
    update: (chunk) => void hash.update(chunk),
    digest: () => hash.digest('base64'),
  };
}

const inBase64 = (crc: RunningCrc): RunningChecksum => ({
  update: crc.update,
  digest: () => Buffer.from(crc.digest()).toString('base64'),
});

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
