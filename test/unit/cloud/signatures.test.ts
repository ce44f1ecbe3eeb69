import { describe, expect, it } from 'vitest';
import { presign, type SignedRequest, verifyPresigned } from '../../../cloud-stub/presign.ts';
import { readSignature, signRequest, verifySigned } from '../../../cloud-stub/signed-request.ts';
import { sha256Hex } from '../../../cloud-stub/sigv4.ts';
import { presignByAws4, signByAws4 } from '../../support/cloud-aws4.ts';

const region = 'us-east-1';
/** The example of AWS's documentation, "Authenticating requests: using query parameters". */
const example = {
  endpoint: 'https://examplebucket.s3.amazonaws.com',
  path: '/test.txt',
  expiresS: 86400,
  nowMs: Date.parse('2013-05-24T00:00:00Z'),
  region,
  credentials: {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  },
} as const;
const { credentials, nowMs } = example;
const signatureOf = (url: string) => new URL(url).searchParams.get('X-Amz-Signature');

describe('pre-signed URLs', () => {
  it.each([
    ['GET', 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'],
    ['PUT', 'f4db56459304dafaa603a99a23c6bea8821890259a65c18ff503a4a72a80efd9'],
  ] as const)('give the known signature for %s', (method, signature) => {
    expect(signatureOf(presign({ ...example, method }))).toBe(signature);
  });

  it.each([
    ['GET', '/a b/ä+c.png', {}],
    ['PUT', "/maps/R:1/it's(1)!*~.png", { 'content-type': 'image/png' }],
    ['PUT', '/x', { 'x-amz-checksum-sha256': 'q+/0=', 'content-type': 'a;  b' }],
  ] as const)('equal those of aws4: %s %s', (method, path, headers) => {
    const endpoint = 'https://localhost:8443';
    const ours = presign({ ...example, endpoint, method, path, headers });
    const { pathname } = new URL(ours);
    const theirs = presignByAws4({
      method,
      host: 'localhost:8443',
      path: `${pathname}?X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400`,
      headers,
      credentials,
    });
    expect(signatureOf(ours)).toBe(signatureOf(endpoint + theirs));
  });
});

describe('checking a pre-signed request', () => {
  const headers = { 'content-type': 'image/png', 'x-amz-checksum-sha256': 'abc=' };
  const endpoint = 'https://localhost:8443';
  const url = presign({ ...example, endpoint, method: 'PUT', headers, expiresS: 60 });
  const good: SignedRequest = {
    method: 'PUT',
    target: url.slice(endpoint.length),
    headers: { ...headers, host: 'localhost:8443', 'user-agent': 'any', 'content-length': '5' },
  };
  const verify = (request: SignedRequest, atMs: number = nowMs) =>
    verifyPresigned(request, { nowMs: atMs, region, credentials });
  const target = (from: string | RegExp, to: string) => ({
    ...good,
    target: good.target.replace(from, to),
  });
  const header = (name: string, value: string | undefined) => {
    const { [name]: _, ...others } = good.headers as Record<string, string>;
    return { ...good, headers: value === undefined ? others : { ...others, [name]: value } };
  };

  it('accepts a valid one until its last second', () => {
    expect(verify(good)).toBeUndefined();
    expect(verify(good, nowMs + 60_000)).toBeUndefined();
  });

  it.each<[string, SignedRequest, number, string]>([
    ['another method', { ...good, method: 'GET' }, 403, 'SignatureDoesNotMatch'],
    ['another path', target('/test.txt', '/other.txt'), 403, 'SignatureDoesNotMatch'],
    ['another host', header('host', 'evil:8443'), 403, 'SignatureDoesNotMatch'],
    ['a signed header changed', header('content-type', 'x/y'), 403, 'SignatureDoesNotMatch'],
    ['a signed header missing', header('content-type', undefined), 403, 'SignatureDoesNotMatch'],
    ['another checksum', header('x-amz-checksum-sha256', 'x'), 403, 'SignatureDoesNotMatch'],
    ['a parameter added', target('?', '?versionId=1&'), 403, 'SignatureDoesNotMatch'],
    ['a longer lifetime', target('Expires=60', 'Expires=61'), 403, 'SignatureDoesNotMatch'],
    [
      "a header name that is an object's own member",
      target('SignedHeaders=', 'SignedHeaders=constructor%3B'),
      403,
      'SignatureDoesNotMatch',
    ],
    ['a damaged signature', target(/.$/, 'g'), 403, 'SignatureDoesNotMatch'],
    ['an unsigned x-amz header', header('x-amz-acl', 'public'), 403, 'AccessDenied'],
    [
      'a repeated parameter',
      target('?', '?X-Amz-Expires=60&'),
      400,
      'AuthorizationQueryParametersError',
    ],
    [
      'a second signature',
      target('?', '?X-Amz-Signature=0&'),
      400,
      'AuthorizationQueryParametersError',
    ],
    ['no signature', target(/&X-Amz-Signature=.*$/, ''), 400, 'AuthorizationQueryParametersError'],
    [
      'a lifetime above a week',
      target('Expires=60', 'Expires=604801'),
      400,
      'AuthorizationQueryParametersError',
    ],
    [
      'a lifetime that is not a number',
      target('Expires=60', 'Expires=1e1'),
      400,
      'AuthorizationQueryParametersError',
    ],
    [
      'another day in the scope',
      target('%2F20130524', '%2F20130525'),
      400,
      'AuthorizationQueryParametersError',
    ],
    ['another region', target('us-east-1', 'eu-west-1'), 400, 'AuthorizationQueryParametersError'],
    ['another service', target('%2Fs3%2F', '%2Fiot%2F'), 400, 'AuthorizationQueryParametersError'],
    ['double-encoded slashes', target(/%2F/g, '%252F'), 400, 'AuthorizationQueryParametersError'],
    ['broken encoding', target('?', '?a=%zz&'), 400, 'AuthorizationQueryParametersError'],
    ['an unknown key', target('AKIAIOSFODNN7EXAMPLE', 'AKIDOTHER'), 403, 'InvalidAccessKeyId'],
  ])('rejects %s', (_name, request, status, code) => {
    expect(verify(request)).toMatchObject({ status, code });
  });

  it('reports expiry and current time before it checks the signature', () => {
    expect(verify(target(/.$/, 'g'), nowMs + 61_000)).toEqual({
      status: 403,
      code: 'AccessDenied',
      message: 'Request has expired',
      extra: {
        'X-Amz-Expires': '60',
        Expires: '2013-05-24T00:01:00Z',
        ServerTime: '2013-05-24T00:01:01Z',
      },
    });
    expect(verify(good, nowMs - 3_600_000)).toMatchObject({ message: 'Request is not valid yet' });
  });

  it('accepts a URL of another signer with the same key', () => {
    const path = '/objects/a%20b.png?X-Amz-Date=20130524T000000Z&X-Amz-Expires=60&x-id=PutObject';
    const signed = presignByAws4({ method: 'PUT', host: 'localhost:8443', path, credentials });
    const request = { method: 'PUT', target: signed, headers: { host: 'localhost:8443' } };
    expect(verify(request)).toBeUndefined();
  });
});

describe('requests signed in their header', () => {
  const body = '{"state":{}}';
  const options = {
    nowMs,
    region,
    services: ['iot', 'iotdata', 's3'],
    credentials,
    bodyHash: sha256Hex(body),
  };
  const date = { 'x-amz-date': '20130524T000000Z' };

  it.each([
    ['iotdata', 'POST', '/things/R%3A1/shadow?name=a%20b'],
    ['iot', 'PUT', '/things/R1/jobs/$next?force'],
    ['s3', 'PUT', '/objects/firmware/a%20b'],
  ])('of aws4 pass: %s %s %s', (service, method, path) => {
    const request = { service, method, host: 'localhost:8443', path, body, credentials };
    const headers = signByAws4({ ...request, headers: { ...date } });
    expect(verifySigned({ method, target: path, headers }, options)).toMatchObject({
      ok: true,
      value: { service, payloadHash: sha256Hex(body) },
    });
  });

  const unsigned: SignedRequest = {
    method: 'POST',
    target: '/things/R1/shadow?a=1',
    headers: { host: 'localhost:8443' },
  };
  const payloadHash = sha256Hex(body);
  const good = {
    ...unsigned,
    headers: {
      ...unsigned.headers,
      ...signRequest(unsigned, { nowMs, region, service: 'iot', credentials, payloadHash }),
    } as Record<string, string>,
  };
  const without = (name: string) => {
    const { [name]: _, ...headers } = good.headers;
    return { ...good, headers };
  };

  it('are accepted from our client, for five minutes', () => {
    expect(verifySigned(good, options).ok).toBe(true);
    expect(verifySigned(good, { ...options, nowMs: nowMs + 300_000 }).ok).toBe(true);
  });

  it.each<[string, SignedRequest, object, string]>([
    ['none at all', without('authorization'), {}, 'MissingAuthenticationToken'],
    ['no date', without('x-amz-date'), {}, 'IncompleteSignature'],
    ['an old one', good, { nowMs: nowMs + 301_000 }, 'InvalidSignature'],
    ['another path', { ...good, target: '/things/R2/shadow?a=1' }, {}, 'InvalidSignature'],
    ['another query', { ...good, target: '/things/R1/shadow' }, {}, 'InvalidSignature'],
    ['another method', { ...good, method: 'DELETE' }, {}, 'InvalidSignature'],
    [
      'another payload hash',
      { ...good, headers: { ...good.headers, 'x-amz-content-sha256': sha256Hex('') } },
      {},
      'InvalidSignature',
    ],
    [
      'an unsigned x-amz header',
      { ...good, headers: { ...good.headers, 'x-amz-target': 'x' } },
      {},
      'InvalidSignature',
    ],
    ['another service', good, { services: ['s3'] }, 'InvalidSignature'],
    [
      'another secret',
      good,
      { credentials: { ...credentials, secretAccessKey: 'guess' } },
      'InvalidSignature',
    ],
    [
      'another key',
      good,
      { credentials: { ...credentials, accessKeyId: 'OTHER' } },
      'UnrecognizedClient',
    ],
  ])('are rejected with %s', (_name, request, change, code) => {
    expect(verifySigned(request, { ...options, ...change })).toMatchObject({ ok: false, code });
  });

  it.each<[string, SignedRequest, object, string | undefined]>([
    ['everything except the body is valid', good, {}, undefined],
    [
      'the signature is invalid, which only the body shows',
      { ...good, target: '/things/R2/shadow' },
      {},
      undefined,
    ],
    ['there is no signature', without('authorization'), {}, 'MissingAuthenticationToken'],
    ['there is no date', without('x-amz-date'), {}, 'IncompleteSignature'],
    ['it is old', good, { nowMs: nowMs + 301_000 }, 'InvalidSignature'],
    ['it is of another service', good, { services: ['s3'] }, 'InvalidSignature'],
    [
      'a header is not signed',
      { ...good, headers: { ...good.headers, 'x-amz-target': 'x' } },
      {},
      'InvalidSignature',
    ],
    [
      'the key is unknown',
      good,
      { credentials: { ...credentials, accessKeyId: 'OTHER' } },
      'UnrecognizedClient',
    ],
  ])('are checked before the body when %s', (_name, request, change, code) => {
    const found = readSignature(request, { ...options, ...change });
    expect(found.ok ? undefined : found.code).toBe(code);
  });
});
