import { type ChecksumType, checksumAlgorithms } from '../checksums.ts';
import { S3Refusal } from '../s3-errors.ts';
import { abortUpload, createUpload } from '../services/uploads.ts';
import type { UploadRow } from '../upload-rows.ts';
import { element, xmlDocument } from '../xml.ts';
import type { Exchange } from './exchange.ts';
import { metadataOf } from './object-metadata.ts';
import type { ObjectRequest } from './object-requests.ts';
import type { ObjectStore } from './object-store.ts';
import {
  abortHeaders,
  checksumTypeIn,
  removeFiles,
  sendXml,
  serveUnit,
  throwFault,
  uploadIn,
} from './object-upload-requests.ts';

/** CreateMultipartUpload. */
export function createMultipartUpload(
  store: ObjectStore,
  exchange: Exchange,
  { key, headers }: ObjectRequest,
  nowMs: number,
): void {
  const hasBody = Number(headers['content-length'] ?? 0) > 0;
  if (hasBody || headers['transfer-encoding'] !== undefined) {
    throw new S3Refusal('InvalidRequest', {}, 'The request may have no body');
  }
  const checksum = modeIn(headers);
  const about = { key, ...metadataOf(headers), ...(checksum && { checksum }) };
  const result = serveUnit(store, nowMs, (ctx) => createUpload(ctx, about));
  throwFault(result);
  const { upload } = result;
  const text = xmlDocument(
    'InitiateMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"',
    [element('Bucket', 'objects'), element('Key', key), element('UploadId', upload.uploadId)],
  );
  sendXml(exchange, text, {
    ...abortHeaders(upload),
    ...(checksum && {
      'x-amz-checksum-algorithm': checksum.algorithm,
      'x-amz-checksum-type': checksum.type,
    }),
  });
}

/** The checksum that the headers ask for. S3 has both types of a CRC, and one of each of the others. */
function modeIn(headers: ObjectRequest['headers']): UploadRow['checksum'] {
  const name = headers['x-amz-checksum-algorithm'];
  const type = checksumTypeIn(headers);
  if (name === undefined) {
    if (type === undefined) return undefined;
    throw invalid(
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const algorithm = checksumAlgorithms.find((one) => one === name);
  if (algorithm === undefined) {
    const served = checksumAlgorithms.join(', ');
    throw invalid(
      `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${served}]`,
    );
  }
  const only: ChecksumType | undefined = algorithm.startsWith('SHA')
    ? 'COMPOSITE'
    : algorithm === 'CRC64NVME'
      ? 'FULL_OBJECT'
      : undefined;
  if (type !== undefined && only !== undefined && type !== only) {
    const unfit = `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()}`;
    throw invalid(`${unfit} checksum algorithm.`);
  }
  return { algorithm, type: type ?? only ?? 'COMPOSITE' };
}

const invalid = (message: string) => new S3Refusal('InvalidRequest', {}, message);

/** AbortMultipartUpload. */
export async function abortMultipartUpload(
  store: ObjectStore,
  { response, requestId }: Exchange,
  request: ObjectRequest,
  nowMs: number,
): Promise<void> {
  const result = serveUnit(store, nowMs, (ctx) => abortUpload(ctx, uploadIn(request)));
  throwFault(result);
  await removeFiles(store, result.files);
  response.writeHead(204, { 'x-amz-request-id': requestId }).end();
}
