import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checksumHeader, startChecksum } from '../../cloud-stub/checksums.ts';
import { connectObjects, type ObjectClient, outcomeOf } from '../support/cloud-object-client.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { md5Of, partList, uploadsOf } from '../support/cloud-uploads.ts';

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

const bytes = Buffer.from('the bytes of a stream');
const name = checksumHeader('CRC64NVME');
const running = startChecksum('CRC64NVME');
running.update(bytes);
const sum = running.digest();

const framed = (value: string) => {
  const frame = [`${bytes.length.toString(16)}\r\n`, `\r\n0\r\n${name}:${value}\r\n\r\n`];
  return Buffer.concat([Buffer.from(frame[0] ?? ''), bytes, Buffer.from(frame[1] ?? '')]);
};
const headers = {
  ...{ 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'x-amz-trailer': name },
  ...{ 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': String(bytes.length) },
};
const rowOf = (key: string) => world.stub.cloud.rows.get('objects', key);
const put = (key: string, change: Record<string, string> = {}, body = framed(sum)) =>
  objects.signed('PUT', { key, headers: { ...headers, ...change }, body });

describe('an upload whose checksum follows its body', () => {
  it('is stored without its frame', async () => {
    const answer = await put('chunks/a', {
      ...{ 'content-encoding': 'gzip, aws-chunked', 'x-amz-sdk-checksum-algorithm': 'CRC64NVME' },
    });
    expect(outcomeOf(answer)).toEqual([200]);
    expect(answer.headers[name]).toBe(sum);
    expect(rowOf('chunks/a')?.metadata).toEqual({ 'content-encoding': 'gzip' });
    const read = await objects.signed('GET', { key: 'chunks/a' });
    expect(read.body.equals(bytes)).toBe(true);
  });

  it('may be a part', async () => {
    const uploads = uploadsOf(objects);
    const key = 'chunks/part';
    const upload = { key, uploadId: await uploads.create(key) };
    expect(outcomeOf(await uploads.part(upload, 1, framed(sum), headers))).toEqual([200]);
    expect(outcomeOf(await uploads.complete(upload, partList([1, md5Of(bytes)])))).toEqual([200]);
    expect(rowOf(key)?.size).toBe(bytes.length);
  });

  it.each<[string, Record<string, string>, string | undefined, number, string]>([
    ['the checksum of other bytes', {}, 'AAAAAAAAAAA=', 400, 'BadDigest'],
    ['a checksum that is none', {}, 'AAAA', 400, 'InvalidRequest'],
    ['another length', { 'x-amz-decoded-content-length': '20' }, sum, 400, 'IncompleteBody'],
    ['no length', { 'x-amz-decoded-content-length': '' }, sum, 411, 'MissingContentLength'],
    [
      'a length that is none',
      { 'x-amz-decoded-content-length': '-1' },
      sum,
      411,
      'MissingContentLength',
    ],
    [
      'too large a length',
      { 'x-amz-decoded-content-length': '999999999' },
      sum,
      400,
      'EntityTooLarge',
    ],
    [
      'another trailer',
      { 'x-amz-trailer': 'x-amz-checksum-crc32' },
      sum,
      400,
      'MalformedTrailerError',
    ],
    ['an unknown trailer', { 'x-amz-trailer': 'x-amz-meta-a' }, sum, 501, 'NotImplemented'],
    ['a checksum in front, too', { [name]: sum }, sum, 400, 'InvalidRequest'],
    [
      'another algorithm announced',
      { 'x-amz-sdk-checksum-algorithm': 'SHA1' },
      sum,
      400,
      'InvalidRequest',
    ],
    ['a Content-MD5', { 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==' }, sum, 501, 'NotImplemented'],
    ['another encoding', { 'content-encoding': 'gzip' }, sum, 400, 'InvalidRequest'],
    [
      'signed chunks',
      { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER' },
      ...([sum, 501, 'NotImplemented'] as const),
    ],
  ])('is refused with %s', async (_name, change, value, status, code) => {
    const answer = await put('chunks/refused', change, framed(value ?? ''));
    expect(outcomeOf(answer)).toEqual([status, code]);
    expect(rowOf('chunks/refused')).toBeUndefined();
  });

  it('is refused by a pre-signed URL, and its headers without its frame', async () => {
    const call = { key: 'chunks/refused', headers, body: framed(sum) };
    expect(outcomeOf(await objects.presigned('PUT', call))).toEqual([501, 'NotImplemented']);
    for (const header of ['x-amz-trailer', 'x-amz-decoded-content-length'] as const) {
      const one = { key: 'chunks/refused', headers: { [header]: headers[header] }, body: bytes };
      expect(outcomeOf(await objects.signed('PUT', one))).toEqual([501, 'NotImplemented']);
    }
  });
});
