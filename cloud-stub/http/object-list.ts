import type { ObjectRow } from '../rows.ts';
import { S3Refusal, unservedParameter } from '../s3-errors.ts';
import { type Listing, type ListQuery, listObjects } from '../services/objects.ts';
import { encodePath } from '../sigv4.ts';
import { element, xmlDocument } from '../xml.ts';
import type { Exchange } from './exchange.ts';
import { checkKeyBytes, type ObjectRequest } from './object-requests.ts';
import type { ObjectStore } from './object-store.ts';

/** The most entries on a page, as in S3. */
const pageMax = 1000;

type Parameters = ObjectRequest['parameters'];

/** ListObjectsV2. */
export function sendList(
  store: ObjectStore,
  { response, requestId }: Exchange,
  { parameters }: ObjectRequest,
  nowMs: number,
): void {
  const query = queryOf(parameters);
  const { result, outbound } = store.cloud.serve(nowMs, (ctx) => listObjects(ctx, query));
  store.publish(outbound);
  const text = listXml(parameters, { listing: result, max: query.max });
  response.writeHead(200, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(text),
    'x-amz-request-id': requestId,
  });
  response.end(text);
}

/** Throws S3's error unless the parameter is not there, or valid. */
function check(
  parameters: Parameters,
  name: string,
  { isValid, message }: { isValid: (value: string) => boolean; message: string },
): void {
  const value = parameters.get(name);
  if (value === undefined || isValid(value)) return;
  throw new S3Refusal('InvalidArgument', { ArgumentName: name, ArgumentValue: value }, message);
}

export const checkEncodingType = (parameters: Parameters): void =>
  check(parameters, 'encoding-type', {
    isValid: (value) => value === 'url',
    message: 'Invalid Encoding Method specified in Request',
  });

/** A parameter that counts entries; one without a value is as if it were not there. */
export function numberIn(parameters: Parameters, name: string): number | undefined {
  check(parameters, name, {
    isValid: (value) => /^\d{0,9}$/.test(value),
    message: `Provided ${name} not an integer or within integer range`,
  });
  return parameters.get(name) ? Number(parameters.get(name)) : undefined;
}

function queryOf(parameters: Parameters): ListQuery {
  check(parameters, 'list-type', {
    isValid: (value) => value === '2',
    message: 'list-type must be 2',
  });
  checkEncodingType(parameters);
  const owner = parameters.get('fetch-owner');
  if (owner !== undefined && owner !== 'false') throw unservedParameter('fetch-owner');
  const token = parameters.get('continuation-token');
  const after = token === undefined ? undefined : readToken(token);
  check(parameters, 'continuation-token', {
    isValid: () => after !== undefined,
    message: 'The continuation token provided is incorrect',
  });
  const [prefix, delimiter, startAfter] = ['prefix', 'delimiter', 'start-after'].map((name) =>
    parameters.get(name),
  );
  for (const key of [prefix, delimiter, startAfter, after]) checkKeyBytes(key ?? '');
  const max = Math.min(numberIn(parameters, 'max-keys') ?? pageMax, pageMax);
  return { prefix, delimiter, startAfter, after, max };
}

/** The token of the next page holds the last entry of this one. */
const tokenOf = (entry: string): string => Buffer.from(entry).toString('base64url');

function readToken(token: string): string | undefined {
  const entry = Buffer.from(token, 'base64url').toString();
  return entry !== '' && tokenOf(entry) === token ? entry : undefined;
}

function listXml(
  parameters: Parameters,
  { listing, max }: { listing: Listing; max: number },
): string {
  const { objects, prefixes, next } = listing;
  const isEncoded = parameters.has('encoding-type');
  const named = (name: string, text: string) => element(name, isEncoded ? encodePath(text) : text);
  const given = (parameter: string, name: string, write = element) => {
    const value = parameters.get(parameter);
    return value === undefined ? '' : write(name, value);
  };
  const contents = ({ key, storedMs, etag, size }: ObjectRow) =>
    [
      '<Contents>',
      named('Key', key),
      element('LastModified', new Date(storedMs).toISOString()),
      element('ETag', etag),
      element('Size', String(size)),
      element('StorageClass', 'STANDARD'),
      '</Contents>',
    ].join('');
  return xmlDocument('ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', [
    element('Name', 'objects'),
    named('Prefix', parameters.get('prefix') ?? ''),
    given('start-after', 'StartAfter', named),
    given('continuation-token', 'ContinuationToken'),
    next === undefined ? '' : element('NextContinuationToken', tokenOf(next)),
    element('KeyCount', String(objects.length + prefixes.length)),
    element('MaxKeys', String(max)),
    given('delimiter', 'Delimiter', named),
    given('encoding-type', 'EncodingType'),
    element('IsTruncated', String(next !== undefined)),
    ...objects.map(contents),
    ...prefixes.map((prefix) => `<CommonPrefixes>${named('Prefix', prefix)}</CommonPrefixes>`),
  ]);
}
