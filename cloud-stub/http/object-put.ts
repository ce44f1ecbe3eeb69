import { limits } from '../../protocol/limits.ts';
import { checksumHeader, startChecksum } from '../checksums.ts';
import type { Outbound } from '../core/messages.ts';
import type { Digests } from '../object-files.ts';
import type { ObjectRow } from '../rows.ts';
import { S3Refusal, unservedHeader } from '../s3-errors.ts';
import { fileOf, type Stored, storeObject } from '../services/objects.ts';
import type { Exchange } from './exchange.ts';
import { checkBytes, expectedOf } from './object-checksums.ts';
import { metadataOf } from './object-metadata.ts';
import type { ObjectRequest } from './object-requests.ts';
import type { ObjectStore } from './object-store.ts';

/** PutObject: the body becomes the object when it is what the request says. */
export async function putObject(
  store: ObjectStore,
  exchange: Exchange,
  { key, headers }: ObjectRequest,
  nowMs: number,
): Promise<void> {
  const { request, response, requestId } = exchange;
  const expected = expectedOf(headers);
  const size = sizeOf(key, headers);
  const metadata = metadataOf(headers);
  const condition = headers['if-none-match'];
  if (condition !== undefined && condition !== '*') throw unservedHeader('if-none-match');
  const onlyNew = condition === '*';
  if (onlyNew && store.cloud.rows.get('objects', key)) throw isThere();
  if (headers['expect'] === '100-continue') response.writeContinue();
  const { checksum } = expected;
  const also = checksum && startChecksum(checksum.algorithm);
  const check = (digests: Digests) => checkBytes(expected, digests, also?.digest());
  const { md5, sha256, file } = await store.files.put(key, request, { size, also, check });
  const etag = `"${md5}"`;
  const object = {
    key,
    size,
    sha256,
    etag,
    ...metadata,
    storedMs: nowMs,
    file,
    ...(checksum && { checksum }),
  };
  const { result, outbound } = await commitObject(store, object, { onlyNew, nowMs });
  store.publish(outbound);
  const { isStored, oldFile } = result;
  if (oldFile !== undefined) await store.files.remove(oldFile);
  // Another upload was faster.
  if (!isStored) throw isThere();
  response.writeHead(200, {
    ...{ etag, 'content-length': 0, 'x-amz-request-id': requestId },
    ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value }),
  });
  response.end();
}

const isThere = () => new S3Refusal('PreconditionFailed', { Condition: 'If-None-Match' });

/** Stores the row. When that fails, the file is removed: without its row it is nothing. */
async function commitObject(
  { cloud, files }: ObjectStore,
  object: ObjectRow,
  { onlyNew, nowMs }: { onlyNew: boolean; nowMs: number },
): Promise<{ result: Stored; outbound: Outbound[] }> {
  try {
    return cloud.serve(nowMs, (ctx) => storeObject(ctx, object, { onlyNew }));
  } catch (error) {
    const isNamed = cloud.rows.get('objects', object.key)?.file === object.file;
    if (!isNamed) await files.remove(fileOf(object));
    throw error;
  }
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
