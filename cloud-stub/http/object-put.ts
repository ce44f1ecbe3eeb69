import { defaultAlgorithm, objectChecksumHeaders } from '../checksums.ts';
import type { Outbound } from '../core/messages.ts';
import type { ObjectRow } from '../rows.ts';
import { S3Refusal, unservedHeader } from '../s3-errors.ts';
import { fileOf, objectBytesMax, type Stored, storeObject } from '../services/objects.ts';
import type { Exchange } from './exchange.ts';
import { expectedOf } from './object-checksums.ts';
import { metadataOf } from './object-metadata.ts';
import { algorithmOf, receiveBody, sizeIn } from './object-receive.ts';
import type { ObjectRequest } from './object-requests.ts';
import type { ObjectStore } from './object-store.ts';

/** PutObject: the body becomes the object when it is what the request says. */
export async function putObject(
  store: ObjectStore,
  exchange: Exchange,
  { key, headers }: ObjectRequest,
  nowMs: number,
): Promise<void> {
  const { response, requestId } = exchange;
  const expected = expectedOf(headers);
  const size = sizeIn(headers, objectBytesMax(key));
  const metadata = metadataOf(headers);
  const condition = headers['if-none-match'];
  if (condition !== undefined && condition !== '*') throw unservedHeader('if-none-match');
  const onlyNew = condition === '*';
  if (onlyNew && store.cloud.rows.get('objects', key)) throw isThere();
  const algorithm = algorithmOf(expected) ?? defaultAlgorithm;
  const received = await receiveBody(store, exchange, {
    ...{ expected, algorithm, size, name: key, headers },
  });
  const { md5, sha256, file, checksum } = received;
  const etag = `"${md5}"`;
  const object = {
    ...{ key, size, sha256, etag, ...metadata, storedMs: nowMs, file },
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
    ...(checksum && objectChecksumHeaders(checksum)),
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
