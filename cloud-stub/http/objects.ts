import { codeOf, explain } from '../../base/errors.ts';
import { S3Refusal, s3Error } from '../s3-errors.ts';
import { type Exchange, sendS3Error } from './exchange.ts';
import { authenticationErrorOf } from './object-authentication.ts';
import { completeMultipartUpload } from './object-complete.ts';
import { deleteObject } from './object-delete.ts';
import { deleteObjects } from './object-delete-many.ts';
import { getObject } from './object-get.ts';
import { sendList } from './object-list.ts';
import type { ObjectOperation } from './object-operations.ts';
import { putObject } from './object-put.ts';
import { type ObjectRequest, readObjectRequest } from './object-requests.ts';
import type { ObjectStore } from './object-store.ts';
import { abortMultipartUpload, createMultipartUpload } from './object-upload.ts';
import { sendParts, sendUploads } from './object-upload-lists.ts';
import { uploadPart } from './object-upload-part.ts';

type Serve = (
  store: ObjectStore,
  exchange: Exchange,
  request: ObjectRequest,
  nowMs: number,
) => Promise<void> | void;

const serve: Readonly<Record<ObjectOperation['name'], Serve>> = {
  PutObject: putObject,
  GetObject: getObject,
  HeadObject: getObject,
  DeleteObject: deleteObject,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListParts: sendParts,
  HeadBucket: headBucket,
  ListObjectsV2: sendList,
  DeleteObjects: deleteObjects,
  ListMultipartUploads: sendUploads,
};

/** HeadBucket: the bucket is there, and this is its region. */
function headBucket({ region }: ObjectStore, { response, requestId }: Exchange): void {
  const headers = { 'x-amz-bucket-region': region, 'x-amz-request-id': requestId };
  response.writeHead(200, { ...headers, 'content-type': 'application/xml' }).end();
}

/** Serves a request to the object store. */
export async function serveObject(
  store: ObjectStore,
  exchange: Exchange,
  nowMs: number,
): Promise<void> {
  try {
    authenticate(store, exchange, nowMs);
    if (!exchange.prove()) throw new S3Refusal('SlowDown');
    const request = readObjectRequest(exchange.signed);
    await serve[request.operation.name](store, exchange, request, nowMs);
  } catch (error) {
    if (exchange.response.headersSent) return void exchange.response.destroy();
    const code = codeOf(error);
    if (error instanceof S3Refusal) return sendS3Error(exchange, error.error);
    if (code === 'incomplete-body') return sendS3Error(exchange, s3Error('IncompleteBody'));
    // The client has disconnected, or was too slow.
    if (exchange.request.destroyed && !exchange.request.complete) return;
    store.log.error({ code }, `object store: ${explain(error)}`);
    sendS3Error(exchange, s3Error('InternalError'));
  }
}

/** Counts and refuses what is not signed. */
function authenticate(store: ObjectStore, exchange: Exchange, nowMs: number): void {
  const { region, credentials } = store;
  const refusal = authenticationErrorOf(exchange.signed, { nowMs, region, credentials });
  if (refusal === undefined) return;
  store.refused(exchange, refusal.code);
  throw new S3Refusal(refusal.error);
}
