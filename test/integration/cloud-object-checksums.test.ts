import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCrc32c, startCrc64Nvme } from '../../base/crc.ts';
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

const body = Buffer.from('the bytes of an object');
const crc = Buffer.alloc(4);
crc.writeUInt32BE(crc32(body));
const inBase64 = (crc: { update(bytes: Uint8Array): void; digest(): Uint8Array }) => {
  crc.update(body);
  return Buffer.from(crc.digest()).toString('base64');
};
const hashOf = (name: string) => createHash(name).update(body).digest('base64');
const checksums = {
  'x-amz-checksum-sha256': hashOf('sha256'),
  'x-amz-checksum-sha1': hashOf('sha1'),
  'x-amz-checksum-crc32': crc.toString('base64'),
  'x-amz-checksum-crc32c': inBase64(startCrc32c()),
  'x-amz-checksum-crc64nvme': inBase64(startCrc64Nvme()),
};
const other = Buffer.from(body).fill(0, 3, 4);
const isStored = (key: string) => world.stub.cloud.rows.get('objects', key) !== undefined;

describe.each(Object.entries(checksums))('an upload with %s', (name, value) => {
  it.each([
    ['the query of a pre-signed URL', () => ({ query: { [name]: value } })],
    ['a header', () => ({ headers: { [name]: value } })],
  ])('in %s is stored when the body fits, and refused when it does not', async (place, call) => {
    const key = `sums/${name}/${place}`.replaceAll(' ', '-');
    const wrong = await objects.presigned('PUT', { key, ...call(), body: other });
    expect(outcomeOf(wrong)).toEqual([400, 'BadDigest']);
    expect(elementIn(wrong, 'ExpectedDigest')).toBe(value);
    expect(isStored(key)).toBe(false);
    const right = await objects.presigned('PUT', { key, ...call(), body });
    expect(outcomeOf(right)).toEqual([200]);
    expect(right.headers[name]).toBe(value);
    expect(isStored(key)).toBe(true);
  });
});

describe('an upload', () => {
  const [sha256, crc32Name] = ['x-amz-checksum-sha256', 'x-amz-checksum-crc32'] as const;
  const algorithm = 'x-amz-sdk-checksum-algorithm';
  const pair = { [sha256]: checksums[sha256], [crc32Name]: checksums[crc32Name] };

  it.each<[string, Record<string, string>, number, string]>([
    ['a checksum that is not base64', { [sha256]: 'x' }, 400, 'InvalidRequest'],
    ['a checksum of another length', { [crc32Name]: checksums[sha256] }, 400, 'InvalidRequest'],
    ['an empty checksum', { [sha256]: '' }, 400, 'InvalidRequest'],
    ['two checksums', pair, 400, 'InvalidRequest'],
    ['an algorithm without its checksum', { [algorithm]: 'SHA256' }, 400, 'InvalidRequest'],
    [
      'an algorithm and the checksum of another',
      { [algorithm]: 'SHA256', [crc32Name]: checksums[crc32Name] },
      400,
      'InvalidRequest',
    ],
    ['an unknown algorithm', { ...pair, [algorithm]: 'MD4' }, 400, 'InvalidRequest'],
    [
      'a CRC-32C of the length of another',
      { 'x-amz-checksum-crc32c': 'AAAAAAAAAAA=' },
      400,
      'InvalidRequest',
    ],
    ['CRC-32C announced without it', { [algorithm]: 'CRC32C' }, 400, 'InvalidRequest'],
    ['SHA-512', { 'x-amz-checksum-sha512': 'AAAA' }, 501, 'NotImplemented'],
    ['an unknown kind of checksum', { 'x-amz-checksum-x': 'AAAA' }, 501, 'NotImplemented'],
    ['a trailer', { 'x-amz-trailer': 'x-amz-checksum-crc32' }, 501, 'NotImplemented'],
  ])('is refused with %s, in the query and in a header', async (_name, given, status, code) => {
    const key = 'sums/malformed';
    const inQuery = await objects.presigned('PUT', { key, query: given, body });
    const inHeader = await objects.signed('PUT', { key, headers: given, body });
    expect([outcomeOf(inQuery), outcomeOf(inHeader)]).toEqual([
      [status, code],
      [status, code],
    ]);
    expect(isStored(key)).toBe(false);
  });

  it('is stored with the algorithm named beside its checksum, as the AWS SDK does', async () => {
    const query = { [crc32Name]: checksums[crc32Name], [algorithm]: 'CRC32', 'x-id': 'PutObject' };
    const all = { ...query, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' };
    const answer = await objects.presigned('PUT', { key: 'sums/sdk', query: all, body });
    expect(outcomeOf(answer)).toEqual([200]);
  });

  it('is refused when query and header both hold a checksum', async () => {
    const given = { [sha256]: checksums[sha256] };
    const call = { key: 'sums/twice', query: given, headers: given, body };
    expect(outcomeOf(await objects.presigned('PUT', call))).toEqual([400, 'InvalidRequest']);
  });

  it('of no bytes fits the checksum of nothing', async () => {
    const call = { key: 'sums/empty', query: { [crc32Name]: 'AAAAAA==' } };
    const answer = await objects.presigned('PUT', { ...call, body: new Uint8Array() });
    expect(outcomeOf(answer)).toEqual([200]);
  });

  it('is refused when its hash in a signed header is not that of the body', async () => {
    const hash = createHash('sha256').update(body).digest('hex');
    const headers = { 'x-amz-content-sha256': hash };
    for (const send of [objects.signed, objects.presigned]) {
      const wrong = await send('PUT', { key: 'sums/payload', headers, body: other });
      expect(outcomeOf(wrong)).toEqual([400, 'XAmzContentSHA256Mismatch']);
      expect(isStored('sums/payload')).toBe(false);
    }
    const malformed = { 'x-amz-content-sha256': 'abc' };
    const answer = await objects.signed('PUT', { key: 'sums/payload', headers: malformed, body });
    expect(outcomeOf(answer)).toEqual([400, 'InvalidArgument']);
    const inQuery = { 'X-Amz-Content-Sha256': hash };
    const hoisted = await objects.presigned('PUT', { key: 'sums/payload', query: inQuery, body });
    expect(outcomeOf(hoisted)).toEqual([501, 'NotImplemented']);
  });
});

describe.each(Object.entries(checksums))('the checksum %s of an upload', (name, value) => {
  it('is sent with the whole object when the mode asks for it', async () => {
    await objects.presigned('PUT', { key: 'sums/mode', query: { [name]: value }, body });
    const mode = { 'x-amz-checksum-mode': 'ENABLED' };
    const get = (call: object) => objects.presigned('GET', { key: 'sums/mode', ...call });
    const inQuery = await get({ query: mode });
    expect(inQuery.headers).toMatchObject({ [name]: value, 'x-amz-checksum-type': 'FULL_OBJECT' });
    expect((await get({ headers: mode })).headers[name]).toBe(value);
    expect((await get({})).headers[name]).toBeUndefined();
    const part = await get({ query: mode, headers: { range: 'bytes=0-1' } });
    expect([part.status, part.headers[name]]).toEqual([206, undefined]);
    const off = { 'x-amz-checksum-mode': 'DISABLED' };
    expect(outcomeOf(await get({ query: off }))).toEqual([400, 'InvalidArgument']);
  });
});

it('an object that came without a checksum has a CRC-64/NVME, as in S3', async () => {
  const name = 'x-amz-checksum-crc64nvme';
  const expected = { [name]: checksums[name], 'x-amz-checksum-type': 'FULL_OBJECT' };
  const stored = await objects.presigned('PUT', { key: 'sums/none', body });
  expect(stored.headers).toMatchObject(expected);
  const query = { 'x-amz-checksum-mode': 'ENABLED' };
  const read = await objects.presigned('HEAD', { key: 'sums/none', query });
  expect(read.headers).toMatchObject(expected);
});
