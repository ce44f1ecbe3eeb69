import { timingSafeEqual } from 'node:crypto';
import type { Credentials } from './config.ts';
import { formError, type S3Error, s3Error } from './s3-errors.ts';
import {
  algorithm,
  amzDate,
  canonicalRequest,
  encodePath,
  parseAmzDate,
  parseQuery,
  type Scope,
  scopeText,
  signature,
  stringToSign,
} from './sigv4.ts';

const unsignedPayload = 'UNSIGNED-PAYLOAD';
const expiresSMax = 604_800;
/** How far a signer's clock may be ahead of ours. */
const aheadMsMax = 15 * 60_000;

export interface PresignInput {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  /** `https://host:port`. */
  readonly endpoint: string;
  /** Unencoded, with its leading slash. */
  readonly path: string;
  /** Further headers that the client must send exactly so; lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly expiresS: number;
  readonly nowMs: number;
  readonly region: string;
  readonly credentials: Credentials;
}

/** A pre-signed S3 URL (SigV4 in the query). The body is bound only by a signed checksum header. */
export function presign(input: PresignInput): string {
  const { host } = new URL(input.endpoint);
  const headers = { ...input.headers, host };
  const signedHeaders = Object.keys(headers).sort();
  const date = amzDate(input.nowMs);
  const scope: Scope = { date: date.slice(0, 8), region: input.region, service: 's3' };
  const query: [string, string][] = [
    ['X-Amz-Algorithm', algorithm],
    ['X-Amz-Credential', `${input.credentials.accessKeyId}/${scopeText(scope)}`],
    ['X-Amz-Date', date],
    ['X-Amz-Expires', String(input.expiresS)],
    ['X-Amz-SignedHeaders', signedHeaders.join(';')],
  ];
  const path = encodePath(input.path);
  const canonical = canonicalRequest({
    method: input.method,
    path,
    query,
    headers,
    signedHeaders,
    payloadHash: unsignedPayload,
    service: 's3',
  });
  const text = stringToSign(date, scope, canonical);
  query.push(['X-Amz-Signature', signature(input.credentials.secretAccessKey, scope, text)]);
  const search = query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `${input.endpoint}${path}?${search}`;
}

export interface SignedRequest {
  readonly method: string;
  /** The raw request target: path and query as they came. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The parameters that sign a URL, in the order in which they are read. */
export const authenticationParameters = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-Date',
  'X-Amz-SignedHeaders',
  'X-Amz-Expires',
];

/**
 * Checks a pre-signed request in S3's order: form (400), expiry (403), signature (403), unsigned `x-amz-*` headers
 * (403). Returns the error to send, or undefined when the request is valid.
 */
export function verifyPresigned(
  request: SignedRequest,
  options: { nowMs: number; region: string; credentials: Credentials },
): S3Error | undefined {
  const form = readForm(request, options.region);
  if ('status' in form) return form;
  if (form.accessKeyId !== options.credentials.accessKeyId) {
    return s3Error('InvalidAccessKeyId', { AWSAccessKeyId: form.accessKeyId });
  }
  return (
    checkExpiry(form, options.nowMs) ??
    checkSignature(request, form, options.credentials) ??
    checkUnsigned(request, form)
  );
}

interface Form {
  accessKeyId: string;
  scope: Scope;
  date: string;
  dateMs: number;
  expiresS: number;
  signedHeaders: string[];
  signature: string;
  path: string;
  query: [string, string][];
}

function readForm(request: SignedRequest, region: string): Form | S3Error {
  const [path = '', ...rest] = request.target.split('?');
  const query = parseQuery(rest.join('?'));
  if (query === undefined) return formError('The query is not percent-encoded');
  const all = (name: string) => query.filter(([key]) => key === name).map(([, value]) => value);
  const fields = authenticationParameters.map(all);
  if (fields.some((values) => values.length !== 1 || values[0] === '')) {
    return formError(
      `Query-string authentication requires exactly one of each: ${authenticationParameters.join(', ')}.`,
    );
  }
  const [method = '', credential = '', given = '', date = '', signed = '', expires = ''] =
    fields.map((values) => values[0] ?? '');
  const dateMs = parseAmzDate(date);
  const expiresS = Number(expires);
  const [accessKeyId = '', scopeDate = '', scopeRegion = '', service, end, ...more] =
    credential.split('/');
  if (method !== algorithm) return formError(`X-Amz-Algorithm only supports "${algorithm}"`);
  if (end !== 'aws4_request' || service !== 's3' || more.length > 0) {
    return formError(
      'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  }
  if (scopeRegion !== region) return formError(`the region '${scopeRegion}' is wrong`, region);
  if (dateMs === undefined || scopeDate !== date.slice(0, 8)) {
    return formError('X-Amz-Date must be formatted "YYYYMMDDTHHMMSSZ" and equal the scope');
  }
  if (!/^\d+$/.test(expires)) return formError('X-Amz-Expires should be a number');
  if (expiresS < 1 || expiresS > expiresSMax) {
    return formError('X-Amz-Expires must be less than a week (in seconds); 604800');
  }
  return {
    accessKeyId,
    scope: { date: scopeDate, region: scopeRegion, service: 's3' },
    date,
    dateMs,
    expiresS,
    signedHeaders: signed.split(';'),
    signature: given,
    path,
    query: query.filter(([name]) => name !== 'X-Amz-Signature'),
  };
}

function checkExpiry(form: Form, nowMs: number): S3Error | undefined {
  if (form.dateMs > nowMs + aheadMsMax) {
    return s3Error('AccessDenied', {}, 'Request is not valid yet');
  }
  const endMs = form.dateMs + form.expiresS * 1000;
  if (nowMs <= endMs) return undefined;
  const iso = (ms: number) => new Date(ms).toISOString().replace(/\.\d{3}/, '');
  return s3Error(
    'AccessDenied',
    { 'X-Amz-Expires': String(form.expiresS), Expires: iso(endMs), ServerTime: iso(nowMs) },
    'Request has expired',
  );
}

function checkSignature(
  request: SignedRequest,
  form: Form,
  credentials: Credentials,
): S3Error | undefined {
  const canonical = canonicalRequest({
    method: request.method,
    path: form.path,
    query: form.query,
    headers: request.headers,
    signedHeaders: form.signedHeaders,
    payloadHash: unsignedPayload,
    service: 's3',
  });
  const text = stringToSign(form.date, form.scope, canonical);
  const expected = Buffer.from(signature(credentials.secretAccessKey, form.scope, text));
  const given = Buffer.from(form.signature);
  // A signature without the host would be valid for any endpoint.
  const fits = given.length === expected.length && timingSafeEqual(given, expected);
  if (fits && form.signedHeaders.includes('host')) return undefined;
  return s3Error('SignatureDoesNotMatch', {
    AWSAccessKeyId: form.accessKeyId,
    StringToSign: text,
    StringToSignBytes: hexPairs(text),
    SignatureProvided: form.signature,
    CanonicalRequest: canonical,
    CanonicalRequestBytes: hexPairs(canonical),
  });
}

const hexPairs = (text: string): string =>
  Buffer.from(text)
    .toString('hex')
    .replaceAll(/..(?!$)/g, '$& ');

function checkUnsigned(request: SignedRequest, form: Form): S3Error | undefined {
  const unsigned = Object.keys(request.headers).filter(
    (name) => name.startsWith('x-amz-') && !form.signedHeaders.includes(name),
  );
  if (unsigned.length === 0) return undefined;
  return s3Error(
    'AccessDenied',
    { HeadersNotSigned: unsigned.join(', ') },
    'There were headers present in the request which were not signed',
  );
}
