import { timingSafeEqual } from 'node:crypto';
import { ok, type Result, refuse } from '../protocol/result.ts';
import type { Credentials } from './config.ts';
import type { SignedRequest } from './presign.ts';
import {
  algorithm,
  amzDate,
  canonicalRequest,
  parseAmzDate,
  parseQuery,
  type Scope,
  scopeText,
  sha256Hex,
  signature,
  stringToSign,
} from './sigv4.ts';

/** SigV4 in the `Authorization` header: how AWS's own clients, and ours, authenticate as the operator. */

/** The most that a client's clock may be off. */
const skewMsMax = 5 * 60_000;
export const unsignedPayload = 'UNSIGNED-PAYLOAD';
/** The same for a body in chunks whose checksum follows it (S3 only). */
export const unsignedChunks = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

/** The headers that sign a request; `headers` are those that are sent anyway, with `host`, in lower case. */
export function signRequest(
  request: SignedRequest,
  options: {
    nowMs: number;
    region: string;
    service: string;
    credentials: Credentials;
    /** Hex SHA-256 of the body, or `UNSIGNED-PAYLOAD` (S3 only). */
    payloadHash: string;
  },
): Record<string, string> {
  const date = amzDate(options.nowMs);
  const { region, service, credentials, payloadHash } = options;
  const scope: Scope = { date: date.slice(0, 8), region, service };
  const added = { 'x-amz-date': date, 'x-amz-content-sha256': payloadHash };
  const headers = { ...request.headers, ...added };
  const signedHeaders = Object.keys(headers).sort();
  const canonical = canonicalOf({ ...request, headers }, { signedHeaders, service, payloadHash });
  const given = signature(
    credentials.secretAccessKey,
    scope,
    stringToSign(date, scope, canonical ?? ''),
  );
  const credential = `${credentials.accessKeyId}/${scopeText(scope)}`;
  const authorization = `${algorithm} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${given}`;
  return { ...added, authorization };
}

/** AWS's exception names, without `Exception`. */
export type AuthenticationFault =
  | 'IncompleteSignature'
  | 'InvalidSignature'
  | 'MissingAuthenticationToken'
  | 'UnrecognizedClient';

/**
 * Checks the header signature of a request. Returns the service of its scope and the payload hash that was signed. The
 * caller must check that the body matches, unless it is `UNSIGNED-PAYLOAD`.
 *
 * `bodyHash` is assumed as signed when the request names no hash (only S3's clients must).
 */
export function verifySigned(
  request: SignedRequest,
  options: {
    nowMs: number;
    region: string;
    services: readonly string[];
    credentials: Credentials;
    bodyHash?: string;
  },
): Result<{ service: string; payloadHash: string }, AuthenticationFault> {
  const form = readSignature(request, options);
  if (!form.ok) return form;
  const { scope, signedHeaders, dateMs, signature: given } = form.value;
  const payloadHash = request.headers['x-amz-content-sha256'] ?? options.bodyHash ?? '';
  const canonical = canonicalOf(request, { signedHeaders, service: scope.service, payloadHash });
  const date = amzDate(dateMs);
  const fits =
    canonical !== undefined &&
    equal(
      given,
      signature(options.credentials.secretAccessKey, scope, stringToSign(date, scope, canonical)),
    );
  return fits ? ok({ service: scope.service, payloadHash }) : refuse(...mismatch);
}

interface Signature {
  readonly scope: Scope;
  readonly signedHeaders: readonly string[];
  readonly dateMs: number;
  readonly signature: string;
}

const mismatch = [
  'InvalidSignature',
  'The request signature we calculated does not match',
] as const;

/**
 * Everything about a request's signature that can be checked without its body: form, key, scope and date. The signature
 * itself is not checked. For clients that leave out the header with the body's hash, as some of AWS's do for IoT.
 */
export function readSignature(
  request: SignedRequest,
  options: {
    nowMs: number;
    region: string;
    services: readonly string[];
    credentials: Credentials;
  },
): Result<Signature, AuthenticationFault> {
  const header = request.headers['authorization'];
  if (header === undefined) {
    return refuse('MissingAuthenticationToken', 'Missing Authentication Token');
  }
  const parts = readAuthorization(header);
  const dateMs = parseAmzDate(request.headers['x-amz-date'] ?? '');
  if (parts === undefined || dateMs === undefined) {
    return refuse('IncompleteSignature', 'Authorization or X-Amz-Date is not in proper form');
  }
  const { accessKeyId, scope, signedHeaders } = parts;
  if (accessKeyId !== options.credentials.accessKeyId) {
    return refuse('UnrecognizedClient', 'The security token included in the request is invalid.');
  }
  if (scope.region !== options.region) {
    return refuse('InvalidSignature', `Credential should be scoped to ${options.region}`);
  }
  if (!options.services.includes(scope.service)) {
    const expected = options.services.join(', ');
    return refuse('InvalidSignature', `Credential should be scoped to one of: ${expected}`);
  }
  if (Math.abs(options.nowMs - dateMs) > skewMsMax) {
    return refuse('InvalidSignature', `Signature expired: the time is ${amzDate(options.nowMs)}`);
  }
  const isWhole =
    scope.date === amzDate(dateMs).slice(0, 8) &&
    signedHeaders.includes('host') &&
    everythingSigned(request, signedHeaders);
  if (!isWhole) return refuse(...mismatch);
  return ok({ scope, signedHeaders, dateMs, signature: parts.signature });
}

/** Its header or its query names S3 in the signature's scope; the signature is not verified. */
export function isSignedForS3({ headers, target }: SignedRequest): boolean {
  const [, query = ''] = target.split('?', 2);
  const isScope = (text: string) => text.includes('/s3/aws4_request');
  return (
    isScope(headers['authorization'] ?? '') ||
    isScope(new URLSearchParams(query).get('X-Amz-Credential') ?? '')
  );
}

/** Whether the body with this `hash` is the one that was signed. */
export const payloadFits = (signed: string, hash: string): boolean =>
  signed === unsignedPayload || equal(signed, hash);

export const emptyHash = sha256Hex('');

function canonicalOf(
  request: SignedRequest,
  options: { signedHeaders: readonly string[]; service: string; payloadHash: string },
): string | undefined {
  const [path = '', ...rest] = request.target.split('?');
  const query = parseQuery(rest.join('?'));
  if (query === undefined) return undefined;
  return canonicalRequest({
    ...options,
    method: request.method,
    path,
    query,
    headers: request.headers,
  });
}

function readAuthorization(header: string) {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([a-z0-9!#$%&'*+.^_`|~;-]+),\s*Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (match === null) return undefined;
  const [, accessKeyId = '', date = '', region = '', service = '', signed = '', given = ''] = match;
  const scope: Scope = { date, region, service };
  return { accessKeyId, scope, signedHeaders: signed.split(';'), signature: given };
}

/** The date, the payload's hash and every other header with a meaning for AWS must be signed. */
const everythingSigned = ({ headers }: SignedRequest, signed: readonly string[]): boolean =>
  Object.keys(headers).every((name) => !isMeaningful(name) || signed.includes(name));

const isMeaningful = (name: string): boolean =>
  name.startsWith('x-amz-') || name === 'x-amzn-principal';

function equal(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
