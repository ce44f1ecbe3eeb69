import { limits } from '../../protocol/limits.ts';
import { checksumHeader, startChecksum } from '../checksums.ts';
import type { Digests } from '../object-files.ts';
import { S3Refusal, unservedHeader } from '../s3-errors.ts';
import type { Exchange } from './exchange.ts';
import { checkBytes, expectedOf } from './object-checksums.ts';
import type { ObjectRequest } from './object-requests.ts';
import type { ObjectStore } from './objects.ts';

/** PutObject: the body becomes the object when it is what the request says. */
export async function putObject(
  store: ObjectStore,
  exchange: Exchange,
  { key, headers, nowMs }: { key: string; headers: ObjectRequest['headers']; nowMs: number },
): Promise<void> {
  const { request, response, requestId } = exchange;
  const expected = expectedOf(headers);
  const size = sizeOf(key, headers);
  const condition = headers['if-none-match'];
  if (condition !== undefined && condition !== '*') throw unservedHeader('if-none-match');
  if (condition === '*' && store.cloud.rows.get('objects', key)) {
    throw new S3Refusal('PreconditionFailed', { Condition: 'If-None-Match' });
  }
  if (headers['expect'] === '100-continue') response.writeContinue();
  const { checksum } = expected;
  const also = checksum && startChecksum(checksum.algorithm);
  const check = (digests: Digests) => checkBytes(expected, digests, also?.digest());
  const { sha256, md5 } = await store.files.put(key, request, { size, also, check });
  const etag = `"${md5}"`;
  const type = headers['content-type'] ?? 'binary/octet-stream';
  const object = { key, size, sha256, etag, type, storedMs: nowMs, ...(checksum && { checksum }) };
  store.publish(store.cloud.objectStored(object, nowMs));
  store.log.info({ objectKey: key, size }, 'object stored');
  response.writeHead(200, {
    ...{ etag, 'content-length': 0, 'x-amz-request-id': requestId },
    ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value }),
  });
  response.end();
}

/** The announced size; throws when there is none, or when it is above the limit for this key. */
function sizeOf(key: string, headers: ObjectRequest['headers']): number {
  if (headers['content-length'] === undefined) throw new S3Refusal('MissingContentLength');
  const size = Number(headers['content-length']);
  const sizeMax = key.startsWith('maps/') ? limits.mapBytesMax : limits.firmwareBytesMax;
  if (size <= sizeMax) return size;
  const sizes = { ProposedSize: String(size), MaxSizeAllowed: String(sizeMax) };
  throw new S3Refusal('EntityTooLarge', sizes);
}
