import { type ChecksumType, checksumTypes } from '../checksums.ts';
import type { Outbound } from '../core/messages.ts';
import { S3Refusal } from '../s3-errors.ts';
import type { UploadFault, UploadName } from '../services/uploads.ts';
import type { UploadRow } from '../upload-rows.ts';
import { element } from '../xml.ts';
import type { Exchange } from './exchange.ts';
import type { ObjectRequest } from './object-requests.ts';
import type { ObjectStore } from './object-store.ts';

/** What the requests about multipart uploads have in common. */

export const partNumberMax = 10_000;

/** The upload that a request is about. */
export const uploadIn = ({ key, parameters }: ObjectRequest): UploadName => ({
  key,
  uploadId: parameters.get('uploadId') ?? '',
});

/** S3's bounds; `name` is for the error. */
export function partNumberIn(text: string, name = 'partNumber'): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= partNumberMax) return number;
  throw new S3Refusal(
    'InvalidArgument',
    { ArgumentName: name, ArgumentValue: text },
    `Part number must be an integer between 1 and ${partNumberMax}, inclusive`,
  );
}

/** The type of checksum that the header names. */
export function checksumTypeIn(headers: ObjectRequest['headers']): ChecksumType | undefined {
  const name = 'x-amz-checksum-type';
  const given = headers[name];
  const type = checksumTypes.find((one) => one === given);
  if (given === undefined || type !== undefined) return type;
  throw new S3Refusal('InvalidRequest', {}, `Value for ${name} header is invalid.`);
}

/** Throws a fault of a service as S3's error. */
export function throwFault<T extends object>(
  result: T | { readonly fault: UploadFault },
): asserts result is Exclude<T, { readonly fault: UploadFault }> {
  if (!('fault' in result)) return;
  const { code, extra, message } = result.fault;
  throw new S3Refusal(code, extra, message);
}

/** Removes files that count no longer. What fails here is left to the sweeper: the request has succeeded. */
export async function removeFiles(
  { files, log }: Pick<ObjectStore, 'files' | 'log'>,
  unwanted: readonly string[],
): Promise<void> {
  for (const file of unwanted) {
    await files.remove(file).catch((error: unknown) => {
      log.warn({ file }, `file not removed: ${String(error)}`);
    });
  }
}

/** When the upload will be given up: what S3 says of a bucket with such a lifecycle rule. */
export const abortHeaders = ({ dueMs }: UploadRow): Record<string, string> => ({
  'x-amz-abort-date': new Date(dueMs).toUTCString(),
  'x-amz-abort-rule-id': 'abandoned-uploads',
});

/** The checksum that an upload is made with, as elements. */
export const checksumElements = ({ checksum }: UploadRow): readonly string[] =>
  checksum === undefined
    ? []
    : [element('ChecksumAlgorithm', checksum.algorithm), element('ChecksumType', checksum.type)];

export function sendXml(
  { response, requestId }: Exchange,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(200, {
    ...headers,
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(text),
    'x-amz-request-id': requestId,
  });
  response.end(text);
}

/** Runs a unit of work of the object store. */
export function serveUnit<T>(
  { cloud, publish }: Pick<ObjectStore, 'cloud' | 'publish'>,
  nowMs: number,
  work: Parameters<typeof cloud.serve<T>>[1],
): T {
  const { result, outbound }: { result: T; outbound: readonly Outbound[] } = cloud.serve(
    nowMs,
    work,
  );
  publish(outbound);
  return result;
}
