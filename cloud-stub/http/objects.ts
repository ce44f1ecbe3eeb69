import { pipeline } from 'node:stream/promises';
import { codeOf, explain } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { limits } from '../../protocol/limits.ts';
import type { Cloud } from '../cloud.ts';
import type { Credentials } from '../config.ts';
import type { Outbound } from '../core/messages.ts';
import { type Digests, isObjectKey, type ObjectFiles } from '../object-files.ts';
import { verifyPresigned } from '../presign.ts';
import { type S3Code, type S3Error, s3Error } from '../s3-errors.ts';
import { objectsPath } from '../services/maps.ts';
import { payloadFits, unsignedPayload, verifySigned } from '../signed-request.ts';
import { type Exchange, sendS3Error } from './exchange.ts';
import { rangeOf } from './range.ts';
import { codeOfAuthentication, codeOfS3, type HttpRefusalCode } from './refusal-codes.ts';

/**
 * The object store: PUT, GET and HEAD as in S3, by pre-signed URL or by the operator's header signature. An object
 * exists once its bytes are durable and the cloud has handled its event.
 */
export interface ObjectStore {
  readonly cloud: Cloud;
  readonly files: ObjectFiles;
  readonly credentials: Credentials;
  readonly region: string;
  readonly log: Log;
  readonly publish: (outbound: readonly Outbound[]) => void;
  /** Counts a request without a valid signature. */
  readonly refused: (exchange: Exchange, code: HttpRefusalCode) => void;
}

/** An S3 error, thrown to become the answer. */
class Refused extends Error {
  readonly error: S3Error;
  constructor(code: S3Code, extra: Record<string, string> = {}, message?: string) {
    super(code);
    this.error = s3Error(code, extra, message);
  }
}

export async function serveObject(
  store: ObjectStore,
  exchange: Exchange,
  nowMs: number,
): Promise<void> {
  try {
    const payloadHash = authenticate(store, exchange, nowMs);
    if (!exchange.prove()) throw new Refused('SlowDown');
    const key = keyOf(exchange.path);
    const { method } = exchange.request;
    if (method === 'PUT') await putObject(store, exchange, { key, payloadHash, nowMs });
    else if (method === 'GET' || method === 'HEAD') await getObject(store, exchange, key);
    else throw new Refused('MethodNotAllowed', { Method: method ?? '' });
  } catch (error) {
    if (exchange.response.headersSent) return void exchange.response.destroy();
    const code = codeOf(error);
    if (error instanceof Refused) return sendS3Error(exchange, error.error);
    if (code === 'incomplete-body') return sendS3Error(exchange, s3Error('IncompleteBody'));
    // The client has disconnected, or was too slow.
    if (exchange.request.destroyed && !exchange.request.complete) return;
    store.log.error({ code }, `object store: ${explain(error)}`);
    sendS3Error(exchange, s3Error('InternalError'));
  }
}

/** Returns the hash that the body must have, or that the body is not signed. */
function authenticate(store: ObjectStore, exchange: Exchange, nowMs: number): string {
  const { region, credentials } = store;
  const { signed } = exchange;
  if (signed.headers['authorization'] === undefined) {
    const error = verifyPresigned(signed, { nowMs, region, credentials });
    if (error === undefined) return unsignedPayload;
    store.refused(exchange, codeOfS3(error, exchange.query.has('X-Amz-Signature')));
    throw new Refused(error.code as S3Code, { ...error.extra }, error.message);
  }
  const services = ['s3'];
  const result = verifySigned(signed, { nowMs, region, credentials, services });
  if (result.ok) return result.value.payloadHash;
  store.refused(exchange, codeOfAuthentication(result));
  throw new Refused('AccessDenied', {}, result.message);
}

function keyOf(path: string): string {
  let key: string;
  try {
    key = decodeURIComponent(path.slice(objectsPath.length));
  } catch {
    throw new Refused('InvalidRequest', {}, 'The path is not percent-encoded');
  }
  if (!isObjectKey(key)) throw new Refused('InvalidRequest', {}, 'The key is not a path of names');
  return key;
}

async function putObject(
  store: ObjectStore,
  { request, response, requestId, signed }: Exchange,
  { key, payloadHash, nowMs }: { key: string; payloadHash: string; nowMs: number },
): Promise<void> {
  const { headers } = signed;
  if (headers['transfer-encoding'] !== undefined) {
    throw new Refused('NotImplemented', { Header: 'Transfer-Encoding' });
  }
  if (payloadHash.startsWith('STREAMING-')) {
    throw new Refused('NotImplemented', { Header: 'x-amz-content-sha256' });
  }
  if (headers['content-length'] === undefined) throw new Refused('MissingContentLength');
  const size = Number(headers['content-length']);
  const sizeMax = key.startsWith('maps/') ? limits.mapBytesMax : limits.firmwareBytesMax;
  if (size > sizeMax) {
    const sizes = { ProposedSize: String(size), MaxSizeAllowed: String(sizeMax) };
    throw new Refused('EntityTooLarge', sizes);
  }
  if (headers['if-none-match'] === '*' && store.cloud.rows.get('objects', key)) {
    throw new Refused('PreconditionFailed', { Condition: 'If-None-Match' });
  }
  if (headers['expect'] === '100-continue') response.writeContinue();
  const check = (digests: Digests) => checkDigests(headers, payloadHash, digests);
  const { sha256, md5 } = await store.files.put(key, request, { size, check });
  const etag = `"${md5}"`;
  const type = headers['content-type'] ?? 'binary/octet-stream';
  const object = { key, size, sha256, etag, type, storedMs: nowMs };
  store.publish(store.cloud.objectStored(object, nowMs));
  store.log.info({ objectKey: key, size }, 'object stored');
  response.writeHead(200, { etag, 'content-length': 0, 'x-amz-request-id': requestId });
  response.end();
}

function checkDigests(
  headers: Readonly<Record<string, string>>,
  payloadHash: string,
  { sha256, md5 }: Digests,
): void {
  const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
  const expected: [string | undefined, string][] = [
    [headers['x-amz-checksum-sha256'], base64(sha256)],
    [headers['content-md5'], base64(md5)],
  ];
  for (const [given, calculated] of expected) {
    if (given === undefined || given === calculated) continue;
    throw new Refused('BadDigest', { ExpectedDigest: given, CalculatedDigest: calculated });
  }
  if (!payloadFits(payloadHash, sha256)) {
    throw new Refused('BadDigest', { ExpectedDigest: payloadHash, CalculatedDigest: sha256 });
  }
}

async function getObject(store: ObjectStore, exchange: Exchange, key: string): Promise<void> {
  const { response, request, signed, requestId } = exchange;
  const row = store.cloud.rows.get('objects', key);
  if (row === undefined) throw new Refused('NoSuchKey', { Key: key });
  const ifMatch = signed.headers['if-match'];
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== row.etag) {
    throw new Refused('PreconditionFailed', { Condition: 'If-Match' });
  }
  const range = rangeOf(signed.headers['range'], row.size);
  if (range === 'unsatisfiable') {
    response.setHeader('content-range', `bytes */${row.size}`);
    throw new Refused('InvalidRange', { ActualObjectSize: String(row.size) });
  }
  const file = await store.files.open(key);
  if (file === undefined) throw new Refused('NoSuchKey', { Key: key });
  try {
    const { start, end } = range ?? { start: 0, end: row.size - 1 };
    response.writeHead(range === undefined ? 200 : 206, {
      'content-type': row.type,
      'content-length': end - start + 1,
      'accept-ranges': 'bytes',
      etag: row.etag,
      'last-modified': new Date(row.storedMs).toUTCString(),
      'x-amz-request-id': requestId,
      ...(range ? { 'content-range': `bytes ${start}-${end}/${row.size}` } : {}),
    });
    if (request.method === 'HEAD' || row.size === 0) return void response.end();
    await pipeline(file.createReadStream({ start, end, autoClose: false }), response);
  } finally {
    await file.close();
  }
}
