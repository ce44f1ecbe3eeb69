import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  connectObjects,
  elementIn,
  type ObjectClient,
  outcomeOf,
} from '../support/cloud-object-client.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';

let world: TestStub;
let objects: ObjectClient;
beforeAll(async () => {
  world = await startTestStub();
  objects = await connectObjects(world.stub.ready);
  await world.operator.putObject('a', Buffer.from('0123456789'), 'text/plain');
});
afterAll(async () => {
  objects[Symbol.dispose]();
  await world[Symbol.asyncDispose]();
});

describe('a request without a signature', () => {
  it('is denied, and says nothing about the object', async () => {
    for (const target of ['/objects/a', '/objects/none', '/objects/a?x-id=GetObject']) {
      const answer = await objects.raw('GET', target);
      expect(outcomeOf(answer)).toEqual([403, 'AccessDenied']);
      expect(elementIn(answer, 'Message')).toBe('Access Denied');
    }
  });

  it('is of invalid form when a part of the signature is there', async () => {
    const answer = await objects.raw('GET', '/objects/a?X-Amz-Algorithm=AWS4-HMAC-SHA256');
    expect(outcomeOf(answer)).toEqual([400, 'AuthorizationQueryParametersError']);
  });
});

describe('a request signed in its headers', () => {
  const content = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  const now = () => new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const authorization = (id: string, region = 'us-east-1') =>
    `AWS4-HMAC-SHA256 Credential=${id}/${now().slice(0, 8)}/${region}/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${'0'.repeat(64)}`;

  it.each<[string, () => Record<string, string>, number, string]>([
    [
      'an unknown key',
      () => ({ authorization: authorization('AKIDOTHER') }),
      403,
      'InvalidAccessKeyId',
    ],
    ['a malformed header', () => ({ authorization: 'AWS4' }), 400, 'AuthorizationHeaderMalformed'],
    [
      'a clock that is an hour behind',
      () => ({ authorization: authorization(key()), 'x-amz-date': '20200101T000000Z' }),
      403,
      'RequestTimeTooSkewed',
    ],
    [
      'a wrong signature',
      () => ({ authorization: authorization(key()) }),
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'another region',
      () => ({ authorization: authorization(key(), 'eu-west-1') }),
      400,
      'AuthorizationHeaderMalformed',
    ],
  ])('is refused with %s', async (_name, change, status, code) => {
    const headers = { ...content, 'x-amz-date': now(), ...change() };
    const answer = await objects.raw('GET', '/objects/a', headers);
    expect(outcomeOf(answer)).toEqual([status, code]);
  });
  const key = () => objects.accessKeyId;

  it('is refused without the hash of its body', async () => {
    const headers = { authorization: authorization(key()), 'x-amz-date': now() };
    const answer = await objects.raw('GET', '/objects/a', headers);
    expect(outcomeOf(answer)).toEqual([400, 'InvalidRequest']);
    expect(elementIn(answer, 'Message')).toContain('x-amz-content-sha256');
  });

  it('is refused when it is signed in the query, too', async () => {
    const query = { 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256' };
    const answer = await objects.signed('GET', { key: 'a', query });
    expect(outcomeOf(answer)).toEqual([400, 'InvalidArgument']);
    expect(elementIn(answer, 'Message')).toContain('Only one auth mechanism allowed');
  });
});

describe('a request with a session token', () => {
  it('is refused, because the stub issues no temporary keys', async () => {
    const token = { 'X-Amz-Security-Token': 'abc' };
    const inQuery = await objects.presigned('GET', { key: 'a', query: token });
    expect(outcomeOf(inQuery)).toEqual([400, 'InvalidToken']);
    expect(elementIn(inQuery, 'Token-0')).toBe('abc');
    const headers = { 'x-amz-security-token': 'abc' };
    const inHeader = await objects.signed('GET', { key: 'a', headers });
    expect(outcomeOf(inHeader)).toEqual([400, 'InvalidToken']);
  });
});

describe('the error for a wrong signature', () => {
  it('shows what was signed, as text and as bytes', async () => {
    const { url } = { url: world.operator.objectUrl('a', 60) };
    const target = url.slice(world.stub.ready.https.url.length).replace(/.$/, 'g');
    const answer = await objects.raw('GET', target);
    expect(outcomeOf(answer)).toEqual([403, 'SignatureDoesNotMatch']);
    const bytes = (name: string) =>
      Buffer.from((elementIn(answer, name) ?? '').replaceAll(' ', ''), 'hex').toString();
    expect(bytes('StringToSignBytes')).toBe(elementIn(answer, 'StringToSign'));
    expect(bytes('CanonicalRequestBytes')).toMatch(/^GET\n\/objects\/a\nX-Amz-Algorithm=/);
    expect(answer.headers).toMatchObject({
      'x-amz-request-id': elementIn(answer, 'RequestId'),
      'x-amz-id-2': elementIn(answer, 'HostId'),
    });
  });
});

describe('an upload with Content-MD5', () => {
  const body = Buffer.from('hello');
  const md5 = 'XUFAKrxLKna5cZ2REBfFkg==';
  const put = (value: string) =>
    objects.presigned('PUT', { key: 'md5', headers: { 'content-md5': value }, body });

  it.each(['x', '', 'AAAA', 'XUFAKrxLKna5cZ2REBfFkg', '5d41402abc4b2a76b9719d911017c592'])(
    'is refused when it is %j',
    async (value) => {
      const answer = await put(value);
      expect(outcomeOf(answer)).toEqual([400, 'InvalidDigest']);
      expect(elementIn(answer, 'Content-MD5')).toBe(value);
    },
  );

  it('is refused when it is that of other bytes, and stored when it fits', async () => {
    const wrong = await put('1B2M2Y8AsgTpgAmY7PhCfg==');
    expect(outcomeOf(wrong)).toEqual([400, 'BadDigest']);
    expect(elementIn(wrong, 'CalculatedDigest')).toBe(md5);
    expect(outcomeOf(await put(md5))).toEqual([200]);
  });
});

describe('a request for what S3 has and the stub has not', () => {
  it.each([
    ['GET', { versionId: 'x' }],
    ['GET', { partNumber: '1' }],
    ['GET', { acl: '' }],
    ['GET', { tagging: '' }],
    ['PUT', { uploadId: 'x' }],
    ['PUT', { partNumber: '1' }],
    ['PUT', { retention: '' }],
    ['POST', { uploads: 'x' }],
    ['POST', { restore: '' }],
    ['GET', { uploads: '' }],
    ['DELETE', { uploads: '' }],
    ['DELETE', { partNumber: '1' }],
    ['POST', { select: '', 'select-type': '2' }],
    ['HEAD', { versionId: 'x' }],
    ['GET', { 'x-id': 'PutObject' }],
  ])('is refused: %s with the parameters %j', async (method, query) => {
    const answer = await objects.presigned(method, { key: 'a', query });
    expect(answer.status).toBe(501);
    if (method === 'HEAD') return;
    expect(outcomeOf(answer)).toEqual([501, 'NotImplemented']);
    const [name] = Object.keys(query);
    expect(elementIn(answer, 'Parameter')).toBe(name);
    expect(elementIn(answer, 'Message')).toMatch(`not implemented: ${name}`);
  });

  it.each([
    ['x-amz-copy-source', '/objects/a'],
    ['x-amz-acl', 'private'],
    ['x-amz-server-side-encryption', 'AES256'],
    ['x-amz-server-side-encryption-customer-algorithm', 'AES256'],
    ['x-amz-tagging', 'a=b'],
    ['x-amz-storage-class', 'GLACIER'],
    ['x-amz-object-lock-mode', 'GOVERNANCE'],
    ['x-amz-website-redirect-location', '/b'],
    ['x-amz-expected-bucket-owner', '1'],
    ['x-amz-grant-read', 'id=1'],
    ['x-amz-request-payer', 'requester'],
    ['x-amz-unheard-of', '1'],
    ['Content-Range', 'bytes 0-1/2'],
    ['If-Match', '"x"'],
    ['If-None-Match', '"x"'],
  ])('is refused: PUT with the header %s', async (name, value) => {
    const headers = { [name.startsWith('x-') ? name : name.toLowerCase()]: value };
    const answer = await objects.signed('PUT', { key: 'b', headers, body: Buffer.from('b') });
    expect(outcomeOf(answer)).toEqual([501, 'NotImplemented']);
    expect(elementIn(answer, 'Header')).toBe(name);
    expect(elementIn(answer, 'Message')).toMatch(`not implemented: ${name}`);
    expect(world.stub.cloud.rows.get('objects', 'b')).toBeUndefined();
  });

  it('is refused by its method when no parameter names it', async () => {
    for (const method of ['POST', 'PATCH', 'OPTIONS']) {
      const answer = await objects.presigned(method, { key: 'a' });
      expect(outcomeOf(answer)).toEqual([405, 'MethodNotAllowed']);
    }
  });
});

describe('a request that is signed for S3, outside the bucket', () => {
  it.each([
    ['GET', 'other', ''],
    ['HEAD', 'other', ''],
    ['GET', 'other', 'a'],
    ['PUT', 'other', 'a'],
    ['GET', 'things', 'R1'],
  ])('finds no bucket: %s /%s/%s', async (method, bucket, key) => {
    for (const call of [objects.signed, objects.presigned]) {
      const answer = await call(method, { bucket, key });
      expect(outcomeOf(answer)).toEqual(method === 'HEAD' ? [404] : [404, 'NoSuchBucket']);
      if (method !== 'HEAD') expect(elementIn(answer, 'BucketName')).toBe(bucket);
    }
  });

  it.each([
    ['GET', '', 'ListBuckets'],
    ['PUT', 'other', 'CreateBucket'],
  ])('is refused by its name: %s /%s', async (method, bucket, operation) => {
    const answer = await objects.signed(method, { bucket, key: '' });
    expect(outcomeOf(answer)).toEqual([501, 'NotImplemented']);
    expect(elementIn(answer, 'Message')).toBe(
      `${operation} is not implemented: the only bucket is objects`,
    );
  });

  it('is refused with a wrong signature', async () => {
    const { url } = { url: world.operator.objectUrl('a', 60) };
    const target = url.slice(world.stub.ready.https.url.length).replace('/objects/', '/other/');
    expect(outcomeOf(await objects.raw('GET', target))).toEqual([403, 'SignatureDoesNotMatch']);
  });
});

describe('a condition on a read', () => {
  const old = 'Mon, 01 Jan 2024 00:00:00 GMT';
  const next = 'Sat, 01 Jan 2124 00:00:00 GMT';
  const etag = () => world.stub.cloud.rows.get('objects', 'a')?.etag ?? '';

  it.each<[string, () => Record<string, string>, number]>([
    ['If-Match fits', () => ({ 'if-match': etag() }), 200],
    ['If-Match fits one of several', () => ({ 'if-match': `"x", ${etag()}` }), 200],
    ['If-Match does not fit', () => ({ 'if-match': '"x"' }), 412],
    ['If-None-Match fits', () => ({ 'if-none-match': etag() }), 304],
    ['If-None-Match is *', () => ({ 'if-none-match': '*' }), 304],
    ['If-None-Match does not fit', () => ({ 'if-none-match': '"x"' }), 200],
    ['If-Modified-Since is later', () => ({ 'if-modified-since': next }), 304],
    ['If-Modified-Since is earlier', () => ({ 'if-modified-since': old }), 200],
    ['If-Unmodified-Since is earlier', () => ({ 'if-unmodified-since': old }), 412],
    ['If-Unmodified-Since is later', () => ({ 'if-unmodified-since': next }), 200],
    [
      'If-Match fits and If-Unmodified-Since is earlier',
      () => ({ 'if-match': etag(), 'if-unmodified-since': old }),
      200,
    ],
    [
      'If-None-Match does not fit and If-Modified-Since is later',
      () => ({ 'if-none-match': '"x"', 'if-modified-since': next }),
      200,
    ],
    ['a date is none', () => ({ 'if-unmodified-since': 'yesterday' }), 200],
    ['If-Range fits', () => ({ 'if-range': etag(), range: 'bytes=0-1' }), 206],
    ['If-Range does not fit', () => ({ 'if-range': '"x"', range: 'bytes=0-1' }), 200],
  ])('when %s', async (_name, headers, status) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await objects.presigned(method, { key: 'a', headers: headers() });
      expect([method, answer.status]).toEqual([method, status]);
      if (status === 304) expect([answer.headers['etag'], answer.body.length]).toEqual([etag(), 0]);
    }
  });
});
