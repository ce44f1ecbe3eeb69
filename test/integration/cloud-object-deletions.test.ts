import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectObjects, type ObjectClient, outcomeOf } from '../support/cloud-object-client.ts';
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

const isStored = (key: string) => world.stub.cloud.rows.get('objects', key) !== undefined;
const put = (key: string) => objects.signed('PUT', { key, body: Buffer.from(key) });
const md5Of = (text: string) => createHash('md5').update(text).digest('base64');
const object = (key: string, more = '') => `<Object><Key>${key}</Key>${more}</Object>`;
const list = (...content: string[]) => `<Delete>${content.join('')}</Delete>`;
const remove = (text: string, headers: Record<string, string> = { 'content-md5': md5Of(text) }) =>
  objects.signed('POST', { key: '', query: { delete: '' }, headers, body: Buffer.from(text) });

describe('a deletion of several objects', () => {
  it('deletes them, and names them unless it is quiet', async () => {
    for (const key of ['a&b', 'b', 'c']) await put(key);
    const named = await remove(list(object('a&amp;b'), object('none')));
    expect(outcomeOf(named)).toEqual([200]);
    expect(named.body.toString()).toContain(
      '<Deleted><Key>a&amp;b</Key></Deleted><Deleted><Key>none</Key></Deleted>',
    );
    const quiet = await remove(list('<Quiet>true</Quiet>', object('b')));
    expect(quiet.body.toString()).not.toContain('Deleted');
    expect(['a&b', 'b', 'c'].map(isStored)).toEqual([false, false, true]);
  });

  it('needs a checksum of its list', async () => {
    await put('kept');
    const text = list(object('kept'));
    expect(outcomeOf(await remove(text, {}))).toEqual([400, 'InvalidRequest']);
    const other = { 'content-md5': md5Of('other') };
    expect(outcomeOf(await remove(text, other))).toEqual([400, 'BadDigest']);
    const crc = { 'x-amz-checksum-crc32': 'AAAAAA==' };
    expect(outcomeOf(await remove(text, crc))).toEqual([400, 'BadDigest']);
    expect(isStored('kept')).toBe(true);
  });

  const many = (count: number) => Array.from({ length: count }, (_, i) => object(`${i}`));

  it.each<[string, string, string]>([
    ['nothing', list(), 'MalformedXML'],
    ['another list', '<Remove/>', 'MalformedXML'],
    ['an empty key', list(object('kept'), object('')), 'MalformedXML'],
    ['two keys in one', list(object('kept', '<Key>b</Key>')), 'MalformedXML'],
    ['an unknown element', list(object('kept'), '<Force>true</Force>'), 'MalformedXML'],
    ['1001 keys', list(object('kept'), ...many(1000)), 'MalformedXML'],
    ['a long key', list(object('kept'), object('k'.repeat(1025))), 'KeyTooLongError'],
    ['a version', list(object('kept', '<VersionId>1</VersionId>')), 'NotImplemented'],
    ['a condition', list(object('kept', '<ETag>1</ETag>')), 'NotImplemented'],
  ])('is refused for %s, and deletes nothing', async (_name, text, code) => {
    await put('kept');
    const answer = await remove(text);
    expect(outcomeOf(answer)).toEqual([code === 'NotImplemented' ? 501 : 400, code]);
    expect(isStored('kept')).toBe(true);
  });

  it('of 1000 keys is served', async () => {
    expect(outcomeOf(await remove(list(...many(1000))))).toEqual([200]);
  });
});

it('the bucket is there, in its region', async () => {
  for (const send of [objects.signed, objects.presigned]) {
    const answer = await send('HEAD', { key: '' });
    expect([answer.status, answer.headers['x-amz-bucket-region']]).toEqual([200, 'us-east-1']);
  }
});
