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
});
afterAll(async () => {
  objects[Symbol.dispose]();
  await world[Symbol.asyncDispose]();
});

const body = Buffer.from('x');
const system = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'max-age=60',
  'content-disposition': 'attachment; filename="a b.html"',
  'content-encoding': 'gzip',
  'content-language': 'de',
  expires: 'Thu, 01 Jan 2032 00:00:00 GMT',
};
const own = { 'x-amz-meta-floor': 'kitchen', 'x-amz-meta-__proto__': 'x', 'x-amz-meta-empty': '' };

describe('the metadata of an upload', () => {
  it('is sent with the object, by GET and HEAD, whole and in part', async () => {
    await objects.signed('PUT', { key: 'm', headers: { ...system, ...own }, body });
    const range = { range: 'bytes=0-0' };
    for (const [method, headers] of [
      ['GET', {}],
      ['HEAD', {}],
      ['GET', range],
    ] as const) {
      const answer = await objects.presigned(method, { key: 'm', headers });
      expect(answer.headers).toMatchObject({ ...system, ...own });
    }
  });

  it('may be in the query of a pre-signed URL', async () => {
    await objects.presigned('PUT', { key: 'q', query: { 'x-amz-meta-Floor': ' a+b c ' }, body });
    const answer = await objects.presigned('GET', { key: 'q' });
    expect(answer.headers['x-amz-meta-floor']).toBe('a+b c');
  });

  it('is replaced as a whole by the next upload', async () => {
    await objects.signed('PUT', { key: 'r', headers: { ...system, ...own }, body });
    await objects.signed('PUT', { key: 'r', headers: { 'cache-control': 'no-store' }, body });
    const { headers } = await objects.presigned('GET', { key: 'r' });
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'binary/octet-stream',
    });
    expect(headers).not.toHaveProperty('expires');
    expect(headers).not.toHaveProperty('x-amz-meta-floor');
  });

  it('is refused above 2 KB, names and values together', async () => {
    const fill = (count: number) => ({ 'x-amz-meta-a': 'x'.repeat(count) });
    const put = (headers: Record<string, string>) =>
      objects.signed('PUT', { key: 'l', headers, body });
    expect(outcomeOf(await put(fill(2047)))).toEqual([200]);
    const large = await put(fill(2048));
    expect(outcomeOf(large)).toEqual([400, 'MetadataTooLarge']);
    expect([elementIn(large, 'Size'), elementIn(large, 'MaxSizeAllowed')]).toEqual([
      '2049',
      '2048',
    ]);
    const disposition = { 'content-disposition': 'x'.repeat(2048) };
    expect(outcomeOf(await put(disposition))).toEqual([400, 'MetadataTooLarge']);
  });

  it.each([
    ['a value with a line break', { 'x-amz-meta-a': 'b\r\nset-cookie: c' }],
    ['a value that is not ASCII', { 'x-amz-meta-a': 'Küche' }],
    ['a name with a blank', { 'x-amz-meta-a b': 'c' }],
    ['a name with a line break', { 'x-amz-meta-a\r\nb': 'c' }],
    ['no name', { 'x-amz-meta-': 'c' }],
  ])('is refused with %s', async (_name, query) => {
    const answer = await objects.presigned('PUT', { key: 'n', query, body });
    expect(outcomeOf(answer)).toEqual([400, 'InvalidArgument']);
    expect(world.stub.cloud.rows.get('objects', 'n')).toBeUndefined();
  });

  it('is refused for an encoding that is one of the transfer', async () => {
    const headers = { 'content-encoding': 'aws-chunked' };
    const answer = await objects.signed('PUT', { key: 'c', headers, body });
    expect(outcomeOf(answer)).toEqual([501, 'NotImplemented']);
  });
});

describe('a read with headers of its own', () => {
  it('sends these instead of the stored ones', async () => {
    await objects.signed('PUT', { key: 'o', headers: system, body });
    const query = {
      'response-content-type': 'text/plain',
      'response-cache-control': 'no-cache',
      'response-content-disposition': 'inline',
      'response-content-encoding': 'identity',
      'response-content-language': 'en',
      'response-expires': '0',
    };
    const answer = await objects.presigned('GET', { key: 'o', query });
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain',
      'cache-control': 'no-cache',
      'content-disposition': 'inline',
      'content-encoding': 'identity',
      'content-language': 'en',
      expires: '0',
    });
  });

  it('is refused when one could break the answer', async () => {
    for (const value of ['a\r\nb: c', 'Ä']) {
      const query = { 'response-content-disposition': value };
      const answer = await objects.presigned('GET', { key: 'o', query });
      expect(outcomeOf(answer)).toEqual([400, 'InvalidArgument']);
    }
  });
});
