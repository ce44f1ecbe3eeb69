import { S3Refusal } from '../s3-errors.ts';
import { listParts, listUploads } from '../services/upload-lists.ts';
import { encodePath } from '../sigv4.ts';
import type { UploadPartRow, UploadRow } from '../upload-rows.ts';
import { element, xmlDocument } from '../xml.ts';
import type { Exchange } from './exchange.ts';
import { checkEncodingType, numberIn } from './object-list.ts';
import { checkKeyBytes, type ObjectRequest } from './object-requests.ts';
import type { ObjectStore } from './object-store.ts';
import {
  abortHeaders,
  checksumElements,
  sendXml,
  serveUnit,
  throwFault,
  uploadIn,
} from './object-upload-requests.ts';

/** The most entries on a page, as in S3. */
const pageMax = 1000;
const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const dateOf = (ms: number): string => new Date(ms).toISOString();

/** ListParts. */
export function sendParts(
  store: ObjectStore,
  exchange: Exchange,
  request: ObjectRequest,
  nowMs: number,
): void {
  const { key, parameters } = request;
  const after = numberIn(parameters, 'part-number-marker') ?? 0;
  const max = Math.min(numberIn(parameters, 'max-parts') ?? pageMax, pageMax);
  const list = serveUnit(store, nowMs, (ctx) => listParts(ctx, uploadIn(request), { after, max }));
  throwFault(list);
  const { upload, parts, isTruncated } = list;
  const text = xmlDocument(`ListPartsResult ${namespace}`, [
    element('Bucket', 'objects'),
    element('Key', key),
    element('UploadId', upload.uploadId),
    element('PartNumberMarker', String(after)),
    element('NextPartNumberMarker', String(parts.at(-1)?.number ?? 0)),
    element('MaxParts', String(max)),
    element('IsTruncated', String(isTruncated)),
    ...checksumElements(upload),
    ...parts.map(partXml),
    element('StorageClass', 'STANDARD'),
  ]);
  sendXml(exchange, text, abortHeaders(upload));
}

const partXml = ({ number, storedMs, md5, size, checksum }: UploadPartRow): string =>
  [
    '<Part>',
    element('PartNumber', String(number)),
    element('LastModified', dateOf(storedMs)),
    element('ETag', `"${md5}"`),
    element('Size', String(size)),
    checksum ? element(`Checksum${checksum.algorithm}`, checksum.value) : '',
    '</Part>',
  ].join('');

/** ListMultipartUploads. */
export function sendUploads(
  store: ObjectStore,
  exchange: Exchange,
  { parameters }: ObjectRequest,
  nowMs: number,
): void {
  checkEncodingType(parameters);
  const max = Math.min(numberIn(parameters, 'max-uploads') ?? pageMax, pageMax);
  const [prefix, keyMarker] = [parameters.get('prefix') ?? '', parameters.get('key-marker') ?? ''];
  for (const key of [prefix, keyMarker]) checkKeyBytes(key);
  // Without a key it does not count, as in S3.
  const uploadIdMarker = (keyMarker !== '' && parameters.get('upload-id-marker')) || undefined;
  const query = { prefix, keyMarker, uploadIdMarker, max };
  const list = serveUnit(store, nowMs, (ctx) => listUploads(ctx, query));
  if (list === 'invalid-marker') {
    const argument = { ArgumentName: 'upload-id-marker', ArgumentValue: uploadIdMarker ?? '' };
    throw new S3Refusal('InvalidArgument', argument, 'Invalid uploadId marker');
  }
  const isEncoded = parameters.has('encoding-type');
  const named = (name: string, text: string) => element(name, isEncoded ? encodePath(text) : text);
  const last = list.uploads.at(-1);
  const text = xmlDocument(`ListMultipartUploadsResult ${namespace}`, [
    element('Bucket', 'objects'),
    named('KeyMarker', keyMarker),
    element('UploadIdMarker', uploadIdMarker ?? ''),
    named('NextKeyMarker', last?.key ?? ''),
    element('NextUploadIdMarker', last?.uploadId ?? ''),
    parameters.has('prefix') ? named('Prefix', prefix) : '',
    isEncoded ? element('EncodingType', 'url') : '',
    element('MaxUploads', String(max)),
    element('IsTruncated', String(list.isTruncated)),
    ...list.uploads.map((upload) => uploadXml(upload, named)),
  ]);
  sendXml(exchange, text);
}

const uploadXml = (upload: UploadRow, named: (name: string, text: string) => string): string =>
  [
    '<Upload>',
    named('Key', upload.key),
    element('UploadId', upload.uploadId),
    element('StorageClass', 'STANDARD'),
    element('Initiated', dateOf(upload.createdMs)),
    ...checksumElements(upload),
    '</Upload>',
  ].join('');
