import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

/**
 * AWS Signature Version 4, the computation that signing and verifying share.
 * Source: AWS documentation, "Signature Version 4 signing process".
 */
export const algorithm = 'AWS4-HMAC-SHA256';

export interface Scope {
  /** `YYYYMMDD`, UTC. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export interface CanonicalInput {
  readonly method: string;
  /** The path as it is in the request line. S3 uses it unchanged, other services encode it once more. */
  readonly path: string;
  /** Decoded names and values, without the signature itself. */
  readonly query: readonly (readonly [string, string])[];
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
  readonly service: string;
}

/** RFC 3986: everything but unreserved characters is percent-encoded, in upper-case hex. */
export const encodeUri = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );

export const encodePath = (path: string): string => path.split('/').map(encodeUri).join('/');

export const scopeText = ({ date, region, service }: Scope): string =>
  `${date}/${region}/${service}/aws4_request`;

/** `YYYYMMDDTHHMMSSZ`. */
export const amzDate = (ms: number): string =>
  new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');

/** The time of an `X-Amz-Date`, or undefined when it is invalid. */
export function parseAmzDate(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

export function canonicalRequest(input: CanonicalInput): string {
  const query = input.query
    .map(([name, value]) => [encodeUri(name), encodeUri(value)] as const)
    .sort(([an, av], [bn, bv]) => byCode(an, bn) || byCode(av, bv))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  // The names are the client's: one like `constructor` must not read the object's own members.
  const headerOf = (name: string) =>
    Object.hasOwn(input.headers, name) ? (input.headers[name] ?? '') : '';
  const headers = input.signedHeaders.map(
    (name) => `${name}:${headerOf(name).trim().replaceAll(/ +/g, ' ')}\n`,
  );
  return [
    input.method,
    input.service === 's3' ? input.path : encodePath(input.path),
    query,
    headers.join(''),
    input.signedHeaders.join(';'),
    input.payloadHash,
  ].join('\n');
}

export const stringToSign = (date: string, scope: Scope, canonical: string): string =>
  [algorithm, date, scopeText(scope), sha256Hex(canonical)].join('\n');

export const signature = (secret: string, scope: Scope, text: string): string =>
  hmac(signingKey(secret, scope), text).toString('hex');

/**
 * The key of a day, region and service. It is the same for every signature of the day, so the newest keys are cached.
 */
function signingKey(secret: string, scope: Scope): KeyObject {
  const name = JSON.stringify([secret, scopeText(scope)]);
  const known = signingKeys.get(name);
  if (known !== undefined) return known;
  const steps = [scope.date, scope.region, scope.service, 'aws4_request'];
  const key = steps.reduce(
    (above, step) => createSecretKey(hmac(above, step)),
    createSecretKey(`AWS4${secret}`, 'utf8'),
  );
  const [oldest] = signingKeys.keys();
  if (signingKeys.size >= signingKeysMax && oldest !== undefined) signingKeys.delete(oldest);
  signingKeys.set(name, key);
  return key;
}

const signingKeysMax = 16;
const signingKeys = new Map<string, KeyObject>();

export const sha256Hex = (data: string | Uint8Array): string => hash('sha256', data, 'hex');

/** A raw query string to decoded names and values, duplicates kept, `+` unchanged; undefined when the encoding is invalid. */
export function parseQuery(raw: string): [string, string][] | undefined {
  if (raw === '') return [];
  try {
    return raw.split('&').map((parameter) => {
      const [name = '', ...value] = parameter.split('=');
      return [decodeURIComponent(name), decodeURIComponent(value.join('='))];
    });
  } catch {
    return undefined;
  }
}

const hmac = (key: KeyObject, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
