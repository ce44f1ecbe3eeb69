import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
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
const keys = ['l/a b', 'l/a&<>"', 'l/sub/1', 'l/sub/2', 'l/\u0001', 'l/ä'];
beforeAll(async () => {
  world = await startTestStub();
  objects = await connectObjects(world.stub.ready);
  for (const key of keys) await put(key, 'four');
});
afterAll(async () => {
  objects[Symbol.dispose]();
  await world[Symbol.asyncDispose]();
});

const put = (key: string, text: string) => objects.signed('PUT', { key, body: Buffer.from(text) });
const list = (query: Record<string, string>) =>
  objects.signed('GET', { key: '', query: { 'list-type': '2', ...query } });
const keysIn = (xml: string) => [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key);

describe('a list of objects', () => {
  it('has what S3 says about each', async () => {
    const answer = await list({ prefix: 'l/', delimiter: '/', 'start-after': 'l/\u0001' });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/xml',
      'x-amz-request-id': expect.any(String),
    });
    const { etag = '', storedMs = 0 } = world.stub.cloud.rows.get('objects', 'l/a b') ?? {};
    const contents = (key: string, ms: number) =>
      `<Contents><Key>${key}</Key><LastModified>${new Date(ms).toISOString()}</LastModified><ETag>${etag.replaceAll('"', '&quot;')}</ETag><Size>4</Size><StorageClass>STANDARD</StorageClass></Contents>`;
    const msOf = (key: string) => world.stub.cloud.rows.get('objects', key)?.storedMs ?? 0;
    expect(answer.body.toString()).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>objects</Name>',
        '<Prefix>l/</Prefix><StartAfter>l/&#x1;</StartAfter><KeyCount>4</KeyCount>',
        '<MaxKeys>1000</MaxKeys><Delimiter>/</Delimiter><IsTruncated>false</IsTruncated>',
        contents('l/a b', storedMs),
        contents('l/a&amp;&lt;&gt;&quot;', msOf('l/a&<>"')),
        contents('l/ä', msOf('l/ä')),
        '<CommonPrefixes><Prefix>l/sub/</Prefix></CommonPrefixes></ListBucketResult>',
      ].join(''),
    );
  });

  it('has encoded names on request, which a program needs for control characters', async () => {
    const plain = await list({ prefix: 'l/' });
    expect(keysIn(plain.body.toString())).toContain('l/&#x1;');
    const encoded = await list({ prefix: 'l/', 'encoding-type': 'url' });
    expect(keysIn(encoded.body.toString()).map((key) => decodeURIComponent(key ?? ''))).toEqual(
      [...keys].sort(),
    );
    expect(encoded.body.toString()).toContain('<EncodingType>url</EncodingType>');
  });

  it('comes in pages, each with the token of the next', async () => {
    const found: (string | undefined)[] = [];
    let token: string | undefined;
    for (let page = 0; page < 3; page += 1) {
      const continued = token === undefined ? {} : { 'continuation-token': token };
      const answer = await list({ prefix: 'l/', 'max-keys': '2', ...continued });
      found.push(...keysIn(answer.body.toString()));
      expect(elementIn(answer, 'IsTruncated')).toBe(String(page < 2));
      expect(elementIn(answer, 'ContinuationToken')).toBe(token);
      token = elementIn(answer, 'NextContinuationToken');
    }
    expect([found.length, token]).toEqual([6, undefined]);
  });

  it('has 1000 entries at most, however many are asked for', async () => {
    expect(elementIn(await list({ 'max-keys': '5000' }), 'MaxKeys')).toBe('1000');
  });

  it('is served by a pre-signed URL, and not without a signature', async () => {
    const presigned = await objects.presigned('GET', { key: '', query: { 'list-type': '2' } });
    expect(keysIn(presigned.body.toString())).toHaveLength(6);
    for (const path of ['/objects', '/objects/']) {
      const bare = await objects.raw('GET', `${path}?list-type=2`);
      expect([path, ...outcomeOf(bare)]).toEqual([path, 403, 'AccessDenied']);
    }
  });

  it.each<[string, Record<string, string>, number, string]>([
    ['another version of the list', { 'list-type': '1' }, 400, 'InvalidArgument'],
    ['max-keys that is no number', { 'max-keys': 'x' }, 400, 'InvalidArgument'],
    ['negative max-keys', { 'max-keys': '-1' }, 400, 'InvalidArgument'],
    ['another encoding', { 'encoding-type': 'xml' }, 400, 'InvalidArgument'],
    ['an empty token', { 'continuation-token': '' }, 400, 'InvalidArgument'],
    ['a token of another store', { 'continuation-token': '1/ä' }, 400, 'InvalidArgument'],
    ['a prefix that is longer than a key', { prefix: 'x'.repeat(1025) }, 400, 'KeyTooLongError'],
    ['owners', { 'fetch-owner': 'true' }, 501, 'NotImplemented'],
    ['versions', { versions: '' }, 501, 'NotImplemented'],
    ['a marker', { marker: 'a' }, 501, 'NotImplemented'],
  ])('is refused with %s', async (_name, query, status, code) => {
    expect(outcomeOf(await list(query))).toEqual([status, code]);
  });

  it('is refused without list-type, as is everything else about the bucket', async () => {
    for (const [method, query] of [
      ['GET', {}],
      ['GET', { uploads: 'x' }],
      ['POST', { uploads: '' }],
      ['GET', { location: '' }],
      ['PUT', {}],
      ['DELETE', {}],
      ['POST', {}],
      ['POST', { delete: 'x' }],
    ] as const) {
      const answer = await objects.signed(method, { key: '', query });
      expect([method, ...outcomeOf(answer)]).toEqual([method, 501, 'NotImplemented']);
    }
  });
});

describe('the deletion of an object', () => {
  const files = async () =>
    (await readdir(join(world.folder, 'cloud', 'objects'))).filter((name) =>
      name.endsWith('-gone'),
    );

  it('removes row and file, and is answered alike when there is nothing', async () => {
    await put('d/gone', 'x');
    expect(await files()).toHaveLength(1);
    for (let time = 0; time < 2; time += 1) {
      const answer = await objects.signed('DELETE', { key: 'd/gone' });
      expect([answer.status, answer.body.length]).toEqual([204, 0]);
      expect(await files()).toEqual([]);
    }
    expect(outcomeOf(await objects.presigned('GET', { key: 'd/gone' }))).toEqual([
      404,
      'NoSuchKey',
    ]);
    expect(keysIn((await list({ prefix: 'd/' })).body.toString())).toEqual([]);
  });

  it('works by a pre-signed URL, and not without a signature', async () => {
    await put('d/gone', 'x');
    const unsigned = await objects.raw('DELETE', '/objects/d/gone');
    expect([outcomeOf(unsigned), (await files()).length]).toEqual([[403, 'AccessDenied'], 1]);
    const answer = await objects.presigned('DELETE', { key: 'd/gone' });
    expect([answer.status, await files()]).toEqual([204, []]);
  });

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['a version', { versionId: 'x' }, {}],
    ['its tags', { tagging: '' }, {}],
    ['an MFA code', {}, { 'x-amz-mfa': '1 2' }],
    ['a retention to bypass', {}, { 'x-amz-bypass-governance-retention': 'true' }],
    ['a condition', {}, { 'if-match': '"x"' }],
  ])('is refused for %s', async (_name, query, headers) => {
    await put('d/kept', 'x');
    const answer = await objects.signed('DELETE', { key: 'd/kept', query, headers });
    expect(outcomeOf(answer)).toEqual([501, 'NotImplemented']);
    expect(world.stub.cloud.rows.get('objects', 'd/kept')).toBeDefined();
  });
});
