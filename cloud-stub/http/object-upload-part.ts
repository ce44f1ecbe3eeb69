import { type ChecksumAlgorithm, checksumHeader } from '../checksums.ts';
import { partNameFor } from '../object-keys.ts';
import { S3Refusal } from '../s3-errors.ts';
import { objectBytesMax } from '../services/objects.ts';
import { openUpload, partFault, partKey, storePart, type UploadName } from '../services/uploads.ts';
import type { UploadPartRow } from '../upload-rows.ts';
import type { Exchange } from './exchange.ts';
import { expectedOf } from './object-checksums.ts';
import { algorithmOf, receiveBody, sizeIn } from './object-receive.ts';
import type { ObjectRequest } from './object-requests.ts';
import type { ObjectStore } from './object-store.ts';
import {
  partNumberIn,
  removeFiles,
  serveUnit,
  throwFault,
  uploadIn,
} from './object-upload-requests.ts';

/** UploadPart: the body becomes a part of an upload when it is what the request says. */
export async function uploadPart(
  store: ObjectStore,
  exchange: Exchange,
  request: ObjectRequest,
  nowMs: number,
): Promise<void> {
  const { headers, parameters, key } = request;
  const name = uploadIn(request);
  const number = partNumberIn(parameters.get('partNumber') ?? '');
  const expected = expectedOf(headers);
  const size = sizeIn(headers, objectBytesMax(key));
  // Before the body is sent; it is checked again when it has come.
  const upload = serveUnit(store, nowMs, (ctx) => {
    const fault = partFault(ctx, name, { number, size });
    return fault === undefined ? { upload: openUpload(ctx, name) } : { fault };
  });
  throwFault(upload);
  const algorithm = upload.upload?.checksum?.algorithm;
  checkAlgorithm(algorithm, algorithmOf(expected));
  const received = await receiveBody(store, exchange, {
    ...{ expected, size, headers, name: partNameFor(name.uploadId, number), isPart: true },
    algorithm: algorithm ?? algorithmOf(expected),
  });
  const { md5, file, checksum } = received;
  const part: UploadPartRow = {
    ...{ number, size, md5, file, storedMs: nowMs },
    ...(algorithm && checksum && { checksum }),
  };
  await commitPart(store, name, part);
  const { response, requestId } = exchange;
  response.writeHead(200, {
    ...{ etag: `"${md5}"`, 'content-length': 0, 'x-amz-request-id': requestId },
    ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value }),
  });
  response.end();
}

/** A part has the checksum that the upload was made with. */
function checkAlgorithm(
  algorithm: ChecksumAlgorithm | undefined,
  given: ChecksumAlgorithm | undefined,
): void {
  if (algorithm === undefined || algorithm === given) return;
  const [expected, actual] = [algorithm, given ?? 'null'].map((one) => one.toLowerCase());
  const message = `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${actual}`;
  throw new S3Refusal('InvalidRequest', {}, message);
}

/** Stores the row. When that fails, the file is removed: without its row it is nothing. */
async function commitPart(
  store: ObjectStore,
  name: UploadName,
  part: UploadPartRow,
): Promise<void> {
  try {
    const stored = serveUnit(store, part.storedMs, (ctx) => storePart(ctx, name, part));
    throwFault(stored);
    if (stored.oldFile !== undefined) await removeFiles(store, [stored.oldFile]);
  } catch (error) {
    const row = store.cloud.rows.get('upload_parts', partKey(name, part.number));
    if (row?.file !== part.file) await removeFiles(store, [part.file]);
    throw error;
  }
}
