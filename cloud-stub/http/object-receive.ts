import { type Checksum, type ChecksumAlgorithm, startChecksum } from '../checksums.ts';
import type { Digests } from '../object-files.ts';
import { S3Refusal } from '../s3-errors.ts';
import type { Exchange } from './exchange.ts';
import { checkBytes, type Expected } from './object-checksums.ts';
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
    algorithm = expected.checksum?.algorithm,
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
  let value: string | undefined;
  const check = (digests: Digests) => {
    value = also?.digest();
    checkBytes(expected, digests, value);
  };
  const put = await files.put(name, request, { size, also, check, ...(isPart && { isPart }) });
  return {
    size,
    ...put,
    ...(algorithm && value !== undefined && { checksum: { algorithm, value } }),
  };
}

/** The announced size of a body; throws when there is none, or when it is above the limit. */
export function sizeIn(headers: ObjectRequest['headers'], sizeMax: number): number {
  if (headers['content-length'] === undefined) throw new S3Refusal('MissingContentLength');
  const size = Number(headers['content-length']);
  if (size <= sizeMax) return size;
  const sizes = { ProposedSize: String(size), MaxSizeAllowed: String(sizeMax) };
  throw new S3Refusal('EntityTooLarge', sizes);
}
