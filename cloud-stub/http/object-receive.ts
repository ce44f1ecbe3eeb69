import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumHeader,
  startChecksum,
} from '../checksums.ts';
import type { Digests } from '../object-files.ts';
import { S3Refusal } from '../s3-errors.ts';
import { readChunked } from './chunked-body.ts';
import type { Exchange } from './exchange.ts';
import { checkBytes, checksumOf, type Expected, isChunked } from './object-checksums.ts';
import type { ObjectRequest } from './object-requests.ts';
import type { ObjectStore } from './object-store.ts';

/** Bytes that are a durable file, and what they were found to be. */
export interface Received {
  readonly size: number;
  readonly file: string;
  /** Hex. */
  readonly md5: string;
  readonly sha256: string;
  readonly checksum?: Checksum;
}

/**
 * Takes the body of a request into a durable file when it is what the request says. Calculates the checksum that the
 * request has, or else one by `algorithm`. Throws S3's error, and then no file is left.
 */
export async function receiveBody(
  { files }: Pick<ObjectStore, 'files'>,
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  {
    expected,
    algorithm = algorithmOf(expected),
    ...options
  }: {
    readonly expected: Expected;
    readonly algorithm?: ChecksumAlgorithm | undefined;
    readonly size: number;
    readonly name: string;
    readonly isPart?: true;
    readonly headers: ObjectRequest['headers'];
  },
): Promise<Received> {
  const { size, name, headers, isPart } = options;
  if (headers['expect'] === '100-continue') response.writeContinue();
  const also = algorithm && startChecksum(algorithm);
  const { trailer } = expected;
  const chunked = trailer && readChunked(request, { size, trailerName: checksumHeader(trailer) });
  let value: string | undefined;
  const check = (digests: Digests) => {
    value = also?.digest();
    const sent = trailer && checksumOf(trailer, chunked?.trailer() ?? '');
    checkBytes({ ...expected, ...(sent && { checksum: sent }) }, digests, value);
  };
  const body = chunked?.bytes ?? request;
  const put = await files.put(name, body, { size, also, check, ...(isPart && { isPart }) });
  return {
    size,
    ...put,
    ...(algorithm && value !== undefined && { checksum: { algorithm, value } }),
  };
}

/** The algorithm of the checksum that a request has, or will have behind its body. */
export const algorithmOf = ({ checksum, trailer }: Expected): ChecksumAlgorithm | undefined =>
  checksum?.algorithm ?? trailer;

/** The announced size of a body; throws when there is none, or when it is above the limit. */
export function sizeIn(headers: ObjectRequest['headers'], sizeMax: number): number {
  const length = headers[isChunked(headers) ? 'x-amz-decoded-content-length' : 'content-length'];
  if (length === undefined || !/^\d{1,15}$/.test(length)) {
    throw new S3Refusal('MissingContentLength');
  }
  const size = Number(length);
  if (size <= sizeMax) return size;
  const sizes = { ProposedSize: String(size), MaxSizeAllowed: String(sizeMax) };
  throw new S3Refusal('EntityTooLarge', sizes);
}
