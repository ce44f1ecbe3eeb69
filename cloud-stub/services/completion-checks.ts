import { type Checksum, type ChecksumType, checksumHeader } from '../checksums.ts';
import type { UploadPartRow, UploadRow } from '../upload-rows.ts';
import type { UploadFault, UploadName } from './uploads.ts';

/** The checks of a completion, with S3's answers, even where these are strange. */

/** What a client asks for. */
export interface Completion extends UploadName {
  readonly parts: readonly NamedPart[];
  /** Of the whole object. */
  readonly checksum?: Checksum | undefined;
  readonly type?: ChecksumType | undefined;
  readonly size?: number | undefined;
  readonly onlyNew: boolean;
}

export interface NamedPart {
  readonly number: number;
  /** Hex for a part that may exist. */
  readonly md5: string;
  readonly checksums: readonly Checksum[];
}

/** S3's least size of every part but the last one. */
export const partBytesMin = 5 * 1024 * 1024;

/** What is wrong with the request apart from its parts. */
export function completionFault(
  { checksum: mode }: UploadRow,
  { type, checksum, uploadId, parts }: Completion,
): UploadFault | undefined {
  if (type !== undefined && type !== mode?.type) {
    const made = `The upload was created using the ${mode?.type ?? 'null'} checksum mode.`;
    return invalid(`${made} The complete request must use the same checksum mode.`);
  }
  if (checksum !== undefined) {
    // S3 ignores it without an algorithm; of parts' checksums it is not documented.
    if (mode?.type !== 'FULL_OBJECT') {
      return { code: 'NotImplemented', extra: { Header: checksumHeader(checksum.algorithm) } };
    }
    // S3 compares it with a composite one unless the type is there, too: it never fits.
    if (type === undefined || checksum.algorithm !== mode.algorithm) {
      return digestFault(mode.algorithm);
    }
  }
  const isOrdered = parts.every(({ number }, i) => number > (parts[i - 1]?.number ?? 0));
  return isOrdered ? undefined : { code: 'InvalidPartOrder', extra: { UploadId: uploadId } };
}

/** The checksum of the whole object is another one. */
export const digestFault = (algorithm: Checksum['algorithm']): UploadFault => ({
  code: 'BadDigest',
  message: `The ${algorithm.toLowerCase()} you specified did not match the calculated checksum.`,
});

/** What is wrong with the parts; `stored` has those that the request names. */
export function partsFault(
  upload: UploadRow,
  { parts, size }: Completion,
  stored: readonly (UploadPartRow | undefined)[],
): UploadFault | undefined {
  for (const [i, named] of parts.entries()) {
    const fault = partFault(upload, named, stored[i]);
    if (fault !== undefined) return fault;
  }
  const small = stored.slice(0, -1).find((part) => part && part.size < partBytesMin);
  if (small !== undefined) {
    return {
      code: 'EntityTooSmall',
      extra: {
        ProposedSize: String(small.size),
        MinSizeAllowed: String(partBytesMin),
        PartNumber: String(small.number),
        ETag: small.md5,
      },
    };
  }
  const computed = stored.reduce((sum, part) => sum + (part?.size ?? 0), 0);
  if (size === undefined || size === computed) return undefined;
  const given = `The provided 'x-amz-mp-object-size' header value ${size}`;
  return invalid(`${given} does not match what was computed: ${computed}`);
}

function partFault(
  { uploadId, checksum: mode }: UploadRow,
  { number, md5, checksums }: NamedPart,
  stored: UploadPartRow | undefined,
): UploadFault | undefined {
  const notFound: UploadFault = {
    code: 'InvalidPart',
    extra: { UploadId: uploadId, PartNumber: String(number), ETag: md5 },
  };
  if (stored?.md5 !== md5) return notFound;
  if (mode === undefined) return checksums.length > 0 ? notFound : undefined;
  for (const { algorithm, value } of checksums) {
    if (algorithm !== mode.algorithm) {
      const name = algorithm.toLowerCase();
      const message = `The ${name} you specified for part ${number} did not match what we received.`;
      return { code: 'BadDigest', message };
    }
    if (value !== stored.checksum?.value) return notFound;
  }
  if (checksums.length > 0 || mode.type !== 'COMPOSITE') return undefined;
  const made = `The upload was created using a ${mode.algorithm.toLowerCase()} checksum.`;
  return invalid(
    `${made} The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
  );
}

const invalid = (message: string): UploadFault => ({ code: 'InvalidRequest', message });
