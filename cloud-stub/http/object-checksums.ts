import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumBytes,
  checksumHeader,
  isBase64Of,
} from '../checksums.ts';
import type { Digests } from '../object-files.ts';
import { S3Refusal, unservedHeader } from '../s3-errors.ts';
import { payloadFits, unsignedChunks, unsignedPayload } from '../signed-request.ts';

/** What a request says about its body, besides a checksum. */
export interface ExpectedBody {
  /** Content-MD5, in base64. */
  readonly md5?: string;
  /** Hex SHA-256, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
}

/** What an upload says about its bytes. */
export interface Expected extends ExpectedBody {
  readonly checksum?: Checksum;
  /** The checksum follows the body, which comes in chunks. */
  readonly trailer?: ChecksumAlgorithm;
}

const algorithmHeader = 'x-amz-sdk-checksum-algorithm';

type Headers = Readonly<Record<string, string>>;

/** What the headers of an upload say; those in the query of a pre-signed URL count. Throws what S3 refuses. */
export function expectedOf(headers: Headers): Expected {
  const checksum = checksumIn(headers);
  const trailer = trailerIn(headers);
  if (checksum && trailer) throw tooMany();
  checkAnnounced(headers[algorithmHeader], checksum?.algorithm ?? trailer);
  if (trailer !== undefined) return { payloadHash: unsignedPayload, trailer };
  return { ...expectedBodyOf(headers), ...(checksum && { checksum }) };
}

/** Throws for any other frame of a body than the one that is served. */
function trailerIn(headers: Headers): ChecksumAlgorithm | undefined {
  const name = headers['x-amz-trailer'];
  if (!isChunked(headers)) {
    for (const header of ['x-amz-trailer', 'x-amz-decoded-content-length']) {
      if (headers[header] !== undefined) throw unservedHeader(header);
    }
    return undefined;
  }
  if (headers['authorization'] === undefined) throw unservedHeader('x-amz-content-sha256');
  if (headers['content-md5'] !== undefined) throw unservedHeader('content-md5');
  if (!headers['content-encoding']?.split(/ *, */).includes(chunkedEncoding)) {
    throw invalid(`${unsignedChunks} needs the Content-Encoding ${chunkedEncoding}`);
  }
  const algorithm = checksumAlgorithms.find((one) => checksumHeader(one) === name?.toLowerCase());
  if (algorithm === undefined) throw unservedHeader('x-amz-trailer');
  return algorithm;
}

/** It frames the body for the way, so it is none of the object's. */
export const chunkedEncoding = 'aws-chunked';

export const isChunked = (headers: Headers): boolean =>
  headers['x-amz-content-sha256'] === unsignedChunks;

/** A trailer's value as a checksum. */
export function checksumOf(algorithm: ChecksumAlgorithm, value: string): Checksum {
  if (isBase64Of(value, checksumBytes[algorithm])) return { algorithm, value };
  throw invalid(`Value for ${checksumHeader(algorithm)} trailing header is invalid.`);
}

/** The same without a checksum, which some requests have for something else than their body. */
export function expectedBodyOf(headers: Headers): ExpectedBody {
  const payloadHash = headers['x-amz-content-sha256'] ?? unsignedPayload;
  if (payloadHash.startsWith('STREAMING-')) throw unservedHeader('x-amz-content-sha256');
  if (payloadHash !== unsignedPayload && !/^[0-9a-f]{64}$/.test(payloadHash)) {
    throw new S3Refusal(
      'InvalidArgument',
      { ArgumentName: 'x-amz-content-sha256', ArgumentValue: payloadHash },
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value.',
    );
  }
  const md5 = headers['content-md5'];
  if (md5 !== undefined && !isBase64Of(md5, 16)) {
    throw new S3Refusal('InvalidDigest', { 'Content-MD5': md5 });
  }
  if (headers['content-encoding']?.includes(chunkedEncoding)) {
    throw unservedHeader('content-encoding');
  }
  return { payloadHash, ...(md5 !== undefined && { md5 }) };
}

/** The one checksum that the headers may hold. Throws when there are several, or when it is malformed. */
export function checksumIn(headers: Headers): Checksum | undefined {
  const given = checksumAlgorithms.flatMap((algorithm) => {
    const value = headers[checksumHeader(algorithm)];
    return value === undefined ? [] : [{ algorithm, value }];
  });
  const [checksum, second] = given;
  if (second !== undefined) throw tooMany();
  if (checksum && !isBase64Of(checksum.value, checksumBytes[checksum.algorithm])) {
    throw invalid(`Value for ${checksumHeader(checksum.algorithm)} header is invalid.`);
  }
  return checksum;
}

/** AWS's clients name the algorithm beside the checksum. */
function checkAnnounced(name: string | undefined, given: ChecksumAlgorithm | undefined): void {
  if (name === undefined) return;
  if (!checksumAlgorithms.some((algorithm) => algorithm === name)) {
    throw invalid(`Value for ${algorithmHeader} header is invalid.`);
  }
  if (given === undefined) {
    throw invalid(
      `${algorithmHeader} specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.`,
    );
  }
  if (given !== name) throw invalid(`Value for ${algorithmHeader} header is invalid.`);
}

const tooMany = () =>
  invalid('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');

const invalid = (message: string) => new S3Refusal('InvalidRequest', {}, message);

/** Throws unless the bytes are those that the upload has announced; `checksum` is the calculated one, in base64. */
export function checkBytes(
  expected: Expected,
  { sha256, md5 }: Digests,
  checksum: string | undefined,
): void {
  const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
  const { algorithm } = expected.checksum ?? {};
  const pairs = [
    {
      ...{ given: expected.checksum?.value, calculated: checksum ?? '' },
      message: `The ${algorithm} you specified did not match the calculated checksum.`,
    },
    {
      ...{ given: expected.md5, calculated: base64(md5) },
      message: 'The Content-MD5 you specified did not match what we received.',
    },
  ];
  for (const { given, calculated, message } of pairs) {
    if (given === undefined || given === calculated) continue;
    const digests = { ExpectedDigest: given, CalculatedDigest: calculated };
    throw new S3Refusal('BadDigest', digests, message);
  }
  if (payloadFits(expected.payloadHash, sha256)) return;
  throw new S3Refusal('XAmzContentSHA256Mismatch', {
    ClientComputedContentSHA256: expected.payloadHash,
    S3ComputedContentSHA256: sha256,
  });
}
