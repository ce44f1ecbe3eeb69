import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  connectObjects,
  elementIn,
  type ObjectClient,
  outcomeOf,
} from '../support/cloud-object-client.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { bytesOfPart, md5Of, partList, type Uploads, uploadsOf } from '../support/cloud-uploads.ts';

let world: TestStub;
let objects: ObjectClient;
let uploads: Uploads;
beforeAll(async () => {
  world = await startTestStub();
  objects = await connectObjects(world.stub.ready);
  uploads = uploadsOf(objects);
});
afterAll(async () => {
  objects[Symbol.dispose]();
  await world[Symbol.asyncDispose]();
});

const part = Buffer.from('part');
const etag = md5Of(part);
/** An upload with the small parts 1 and 2. */
async function begin(key: string) {
  const name = { key, uploadId: await uploads.create(key) };
  for (const number of [1, 2]) await uploads.part(name, number, part);
  return name;
}

describe('an upload id', () => {
  it('of another object, or of none, is refused by every request', async () => {
    const { uploadId } = await begin('ids/a');
    for (const name of [
      { key: 'ids/b', uploadId },
      { key: 'ids/a', uploadId: 'x' },
      { key: 'ids/a', uploadId: '' },
      { key: 'ids/a', uploadId: `${uploadId}/00001` },
      { key: 'ids/a', uploadId: '__proto__' },
    ]) {
      for (const answer of [
        await uploads.part(name, 1, part),
        await uploads.complete(name, partList([1, etag])),
        await uploads.parts(name),
        await uploads.abort(name),
      ]) {
        expect(outcomeOf(answer)).toEqual([404, 'NoSuchUpload']);
        expect(elementIn(answer, 'UploadId')).toBe(name.uploadId);
      }
    }
    expect(outcomeOf(await uploads.abort({ key: 'ids/a', uploadId }))).toEqual([204]);
  });
});

describe('a part number', () => {
  it.each(['0', '-1', '1 ', ' 1', '10001', '1000000000', '1.5', '1e3', '0x1', '', '１'])(
    '%j is refused, and nothing is stored',
    async (number) => {
      const key = 'numbers/a';
      const name = { key, uploadId: await uploads.create(key) };
      const answer = await uploads.part(name, number, part);
      expect(outcomeOf(answer)).toEqual([400, 'InvalidArgument']);
      expect(elementIn(answer, 'ArgumentValue')).toBe(number);
      expect(elementIn(await uploads.parts(name), 'PartNumber')).toBeUndefined();
    },
  );

  it('is 1 to 10000', async () => {
    const key = 'numbers/b';
    const name = { key, uploadId: await uploads.create(key) };
    for (const number of [1, 10_000]) {
      expect(outcomeOf(await uploads.part(name, number, bytesOfPart(1)))).toEqual([200]);
    }
  });
});

describe('a list of parts', () => {
  const wrong = '0'.repeat(32);

  it.each<[string, string, string]>([
    ['with no body', '', 'InvalidRequest'],
    ['without parts', partList(), 'MalformedXML'],
    ['that is no XML', 'part 1', 'MalformedXML'],
    ['that is JSON', '{"Parts":[]}', 'MalformedXML'],
    ['of another root', '<Parts><Part/></Parts>', 'MalformedXML'],
    ['of another element', partList([1, etag]).replaceAll('Part>', 'Port>'), 'MalformedXML'],
    ['with an unknown member', partList([1, etag, '<Size>4</Size>']), 'MalformedXML'],
    ['with a number twice', partList([1, etag, '<PartNumber>1</PartNumber>']), 'MalformedXML'],
    ['without a tag', partList([1, '']).replace('<ETag></ETag>', ''), 'MalformedXML'],
    ['without a number', partList(['', etag]), 'MalformedXML'],
    ['with a number and a blank', partList(['1 ', etag]), 'MalformedXML'],
    ['with part 0', partList([0, etag]), 'InvalidArgument'],
    ['with part -1', partList([-1, etag]), 'InvalidArgument'],
    ['with part 1000000000', partList([1_000_000_000, etag]), 'InvalidArgument'],
    ['with part 10001', partList([10_001, etag]), 'InvalidArgument'],
    ['with the parts backwards', partList([2, etag], [1, etag]), 'InvalidPartOrder'],
    ['with a part twice', partList([1, etag], [1, etag]), 'InvalidPartOrder'],
    ['with a part that is not there', partList([3, etag]), 'InvalidPart'],
    ['with another tag', partList([1, wrong]), 'InvalidPart'],
    ['with an empty tag', partList([1, '']), 'InvalidPart'],
    ['with a first part that is small', partList([1, etag], [2, etag]), 'EntityTooSmall'],
    [
      'with a checksum of S3 that is not served',
      partList([1, etag, '<ChecksumSHA512>AAAA</ChecksumSHA512>']),
      'NotImplemented',
    ],
    [
      'with a document type that would grow',
      `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>${partList([1, '&b;'])}`,
      'MalformedXML',
    ],
    [
      'of 10001 parts',
      partList(...Array.from({ length: 10_001 }, (_, i): [number, string] => [i + 1, etag])),
      'MalformedXML',
    ],
  ])('%s is refused, and the upload stays open', async (_name, body, code) => {
    const name = await begin('lists/a');
    const answer = await uploads.complete(name, body);
    expect(outcomeOf(answer)).toEqual([code === 'NotImplemented' ? 501 : 400, code]);
    expect(world.stub.cloud.rows.get('objects', 'lists/a')).toBeUndefined();
    expect(outcomeOf(await uploads.abort(name))).toEqual([204]);
  });

  it('names the part that is wrong', async () => {
    const name = await begin('lists/b');
    const missing = await uploads.complete(name, partList([1, etag], [7, `"${etag}"`]));
    expect(elementIn(missing, 'PartNumber')).toBe('7');
    expect(elementIn(missing, 'ETag')).toBe(etag);
    expect(elementIn(missing, 'UploadId')).toBe(name.uploadId);
    const small = await uploads.complete(name, partList([1, etag], [2, etag]));
    expect(elementIn(small, 'PartNumber')).toBe('1');
    expect(elementIn(small, 'ProposedSize')).toBe('4');
    expect(elementIn(small, 'MinSizeAllowed')).toBe('5242880');
  });

  it('of 5 MB, or of another hash than the signed one, is refused', async () => {
    const name = await begin('lists/c');
    const large = await uploads.complete(name, Buffer.alloc(5_000_000, ' '));
    expect(outcomeOf(large)).toEqual([400, 'MaxMessageLengthExceeded']);
    const other = { 'x-amz-content-sha256': '0'.repeat(64) };
    const unsigned = await uploads.complete(name, partList([1, etag]), other);
    expect(outcomeOf(unsigned)).toEqual([400, 'XAmzContentSHA256Mismatch']);
    expect(outcomeOf(await uploads.complete(name, partList([1, etag])))).toEqual([200]);
  });

  it('of 10000 parts is read', async () => {
    const key = 'lists/d';
    const name = { key, uploadId: await uploads.create(key) };
    await uploads.part(name, 10_000, part);
    const all = Array.from({ length: 10_000 }, (_, i): [number, string] => [i + 1, etag]);
    const answer = await uploads.complete(name, partList(...all));
    expect([...outcomeOf(answer), elementIn(answer, 'PartNumber')]).toEqual([
      ...[400, 'InvalidPart', '1'],
    ]);
  });
});

describe('what S3 has for uploads and the stub has not', () => {
  it.each<[string, Record<string, string>]>([
    ['x-amz-acl', { 'x-amz-acl': 'private' }],
    ['x-amz-storage-class', { 'x-amz-storage-class': 'GLACIER' }],
    ['x-amz-tagging', { 'x-amz-tagging': 'a=b' }],
    ['x-amz-server-side-encryption', { 'x-amz-server-side-encryption': 'AES256' }],
  ])('is refused at the beginning: %s', async (name, headers) => {
    const answer = await objects.signed('POST', { key: 'a', query: { uploads: '' }, headers });
    expect(outcomeOf(answer)).toEqual([501, 'NotImplemented']);
    expect(elementIn(answer, 'Header')).toBe(name);
  });

  it.each<[string, Record<string, string>, string]>([
    ['a copy', { 'x-amz-copy-source': '/objects/a' }, 'x-amz-copy-source'],
    ['metadata', { 'x-amz-meta-a': 'b' }, 'x-amz-meta-a'],
    ['a condition', { 'if-none-match': '*' }, 'If-None-Match'],
  ])('is refused for a part: %s', async (_name, headers, header) => {
    const name = await begin('unserved/part');
    const answer = await uploads.part(name, 3, part, headers);
    expect(outcomeOf(answer)).toEqual([501, 'NotImplemented']);
    expect(elementIn(answer, 'Header')).toBe(header);
  });

  it('is refused at the beginning: a body', async () => {
    const call = { key: 'a', query: { uploads: '' }, body: part };
    expect(outcomeOf(await objects.signed('POST', call))).toEqual([400, 'InvalidRequest']);
  });

  it('is refused at the end: If-Match, and another If-None-Match', async () => {
    const name = await begin('unserved/end');
    for (const condition of ['if-match', 'if-none-match']) {
      const answer = await uploads.complete(name, partList([1, etag]), { [condition]: '"x"' });
      expect(outcomeOf(answer)).toEqual([501, 'NotImplemented']);
    }
  });
});
