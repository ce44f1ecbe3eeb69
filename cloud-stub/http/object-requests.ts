import { keyBytes, keyBytesMax } from '../object-keys.ts';
import { authenticationParameters, type SignedRequest } from '../presign.ts';
import { S3Refusal, unservedHeader, unservedParameter } from '../s3-errors.ts';
import { objectsPath } from '../services/maps.ts';
import { isSignedForS3, unsignedPayload } from '../signed-request.ts';
import { parseQuery } from '../sigv4.ts';
import type { Exchange } from './exchange.ts';
import { isChunked } from './object-checksums.ts';
import { commonHeaders, type ObjectOperation, objectOperations } from './object-operations.ts';

/** A request to the object store, as its operation sees it. */
export interface ObjectRequest {
  readonly operation: ObjectOperation;
  readonly key: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** Lower-case names. What a signer has moved from a header `x-amz-...` into the query is here, too. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads a request whose signature is valid. Throws S3's error for what no operation serves: a client that relies on
 * something that is ignored here would be wrong.
 */
export function readObjectRequest(signed: SignedRequest): ObjectRequest {
  const [path = '', ...rest] = signed.target.split('?');
  const query = parseQuery(rest.join('?'));
  if (query === undefined) throw new S3Refusal('InvalidRequest', {}, 'The query is not encoded');
  const { headers, parameters } = mergeQuery(signed.headers, query);
  if (!isObjectPath(path)) throw outsideBucket(signed.method, path);
  const key = keyIn(path);
  const operation = operationOf(signed.method, key, parameters);
  refuseUnserved(operation, { headers, parameters });
  return { operation, key, parameters, headers };
}

/** The bucket may be named without the slash at its end. */
export const isObjectPath = (path: string): boolean =>
  path.startsWith(objectsPath) || `${path}/` === objectsPath;

/** By its path, or by a signature for S3: a client of S3 reads only S3's errors. */
export const isObjectRequest = ({ path, signed }: Pick<Exchange, 'path' | 'signed'>): boolean =>
  isObjectPath(path) || isSignedForS3(signed);

function outsideBucket(method: string, path: string): S3Refusal {
  const [, bucket = '', key = ''] = path.split('/');
  const operation =
    bucket === '' ? 'ListBuckets' : key === '' && method === 'PUT' ? 'CreateBucket' : undefined;
  if (operation === undefined) return new S3Refusal('NoSuchBucket', { BucketName: bucket });
  const message = `${operation} is not implemented: the only bucket is objects`;
  return new S3Refusal('NotImplemented', {}, message);
}

function operationOf(
  method: string,
  key: string,
  parameters: ObjectRequest['parameters'],
): ObjectOperation {
  const isOfBucket = key === '';
  const [found] = objectOperations
    .filter(
      ({ isOfBucket: ofBucket = false, selectors = [], ...one }) =>
        one.method === method &&
        ofBucket === isOfBucket &&
        selectors.every((name) => parameters.has(name)),
    )
    .sort((a, b) => (b.selectors?.length ?? 0) - (a.selectors?.length ?? 0));
  if (found !== undefined) return found;
  const [parameter] = parameters.keys();
  if (parameter !== undefined) throw unservedParameter(parameter);
  if (!isOfBucket) throw new S3Refusal('MethodNotAllowed', { Method: method });
  throw new S3Refusal('NotImplemented', {}, 'Only objects, lists of them and deletions are served');
}

function keyIn(path: string): string {
  let key: string;
  try {
    key = decodeURIComponent(path.slice(objectsPath.length));
  } catch {
    throw new S3Refusal('InvalidURI', { URI: path });
  }
  checkKeyBytes(key);
  return key;
}

/** Also for what is compared with keys. */
export function checkKeyBytes(key: string): void {
  const bytes = keyBytes(key);
  if (bytes <= keyBytesMax) return;
  const sizes = { Size: String(bytes), MaxSizeAllowed: String(keyBytesMax) };
  throw new S3Refusal('KeyTooLongError', sizes);
}

/** Signers move headers `x-amz-...` into the query: both places mean the same, and each name may be there once. */
function mergeQuery(
  given: Readonly<Record<string, string>>,
  query: readonly (readonly [string, string])[],
) {
  const headers = { ...given };
  const parameters = new Map<string, string>();
  for (const [name, value] of query) {
    if (authenticationParameters.includes(name)) continue;
    const header = name.toLowerCase();
    const isHeader = header.startsWith('x-amz-');
    if (isHeader ? Object.hasOwn(headers, header) : parameters.has(name)) {
      throw new S3Refusal('InvalidRequest', {}, `${name} must be given once`);
    }
    // In the query it is no part of what is signed about the body.
    if (header === 'x-amz-content-sha256' && value !== unsignedPayload) {
      throw unservedParameter(name);
    }
    if (isHeader) headers[header] = value;
    else parameters.set(name, value);
  }
  return { headers, parameters };
}

function refuseUnserved(
  operation: ObjectOperation,
  { headers, parameters }: Pick<ObjectRequest, 'headers' | 'parameters'>,
): void {
  for (const [name, value] of parameters) {
    // AWS's clients name the operation there.
    if (name === 'x-id' && value === operation.name) continue;
    const isServed = operation.parameters.includes(name) || operation.selectors?.includes(name);
    // It says all by its name.
    const isFlag = !['uploads', 'delete'].includes(name) || value === '';
    if (!isServed || !isFlag) throw unservedParameter(name);
  }
  const token = headers['x-amz-security-token'];
  if (token !== undefined) throw new S3Refusal('InvalidToken', { 'Token-0': token });
  // A pre-signed URL has its date in the query.
  const isHeaderSigned = headers['authorization'] !== undefined;
  const served = [
    ...commonHeaders,
    ...(isHeaderSigned ? ['x-amz-date'] : []),
    ...operation.headers,
  ];
  for (const name of Object.keys(headers)) {
    const isUnserved = name.startsWith('x-amz-') && !served.some((one) => matches(name, one));
    // Chunks of AWS's own may come in chunks of HTTP: they have a length of their own.
    const isFramed = name === 'transfer-encoding' && isChunked(headers);
    const isRefused = operation.refused.includes(name) && !isFramed;
    if (isUnserved || isRefused) throw unservedHeader(name);
  }
}

const matches = (name: string, pattern: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
