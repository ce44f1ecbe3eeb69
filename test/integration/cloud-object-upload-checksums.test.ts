import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ChecksumAlgorithm,
  checksumHeader,
  startChecksum,
} from '../../cloud-stub/checksums.ts';
import {
  connectObjects,
  elementIn,
  type ObjectClient,
  outcomeOf,
} from '../support/cloud-object-client.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import {
  md5Of,
  partBytesMin,
  partList,
  type Uploads,
  uploadsOf,
} from '../support/cloud-uploads.ts';

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

const sumOf = (algorithm: ChecksumAlgorithm, bytes: Uint8Array): string => {
  const running = startChecksum(algorithm);
  running.update(bytes);
  return running.digest();
};
const sumHeader = (algorithm: ChecksumAlgorithm, bytes: Uint8Array) => ({
  [checksumHeader(algorithm)]: sumOf(algorithm, bytes),
});
const mode = (algorithm: string, type?: string) => ({
  'x-amz-checksum-algorithm': algorithm,
  ...(type !== undefined && { 'x-amz-checksum-type': type }),
});
const sumElement = (algorithm: string, value: string) =>
  `<Checksum${algorithm}>${value}</Checksum${algorithm}>`;

const large = Buffer.alloc(partBytesMin + 1, 'a');
const parts = [large, large, large.subarray(0, 10)];

/** What S3 has answered to the same parts. */
describe.each<[ChecksumAlgorithm, string | undefined, string, string]>([
  ['CRC32', undefined, 'COMPOSITE', '5FRUiw==-3'],
  ['CRC32C', 'COMPOSITE', 'COMPOSITE', 'XF5+4A==-3'],
  ['SHA1', undefined, 'COMPOSITE', 'AyE60nyQoBgJcwsyPHWu7aJuxBs=-3'],
  ['SHA256', undefined, 'COMPOSITE', '9o++y6AejqboiJ7MZCx0fahK2Vu5YC/qnNhhYsCLciI=-3'],
  ['CRC32', 'FULL_OBJECT', 'FULL_OBJECT', 'qSEQSA=='],
  ['CRC32C', 'FULL_OBJECT', 'FULL_OBJECT', 'eTdAQA=='],
  ['CRC64NVME', undefined, 'FULL_OBJECT', 'ZMNX55lZurA='],
])('an upload with %s and the type %s', (algorithm, given, type, expected) => {
  it(`has S3's checksum of type ${type}, which comes with the object`, async () => {
    const key = `sums/${algorithm}/${type}`;
    const created = await objects.signed('POST', {
      ...{ key, query: { uploads: '' }, headers: mode(algorithm, given) },
    });
    expect(created.headers).toMatchObject(mode(algorithm, type));
    const name = { key, uploadId: elementIn(created, 'UploadId') ?? '' };
    for (const [i, part] of parts.entries()) {
      const header = sumHeader(algorithm, part);
      const answer = await uploads.part(name, i + 1, part, header);
      expect(answer.headers).toMatchObject(header);
    }
    const list = await uploads.parts(name);
    expect(elementIn(list, 'ChecksumAlgorithm')).toBe(algorithm);
    expect(elementIn(list, 'ChecksumType')).toBe(type);
    expect(elementIn(list, `Checksum${algorithm}`)).toBe(sumOf(algorithm, large));
    const listed = parts.map((part, i): [number, string, string] => [
      i + 1,
      md5Of(part),
      sumElement(algorithm, sumOf(algorithm, part)),
    ]);
    const isWhole = type === 'FULL_OBJECT';
    const whole = { [checksumHeader(algorithm)]: expected, 'x-amz-checksum-type': type };
    const done = await uploads.complete(name, partList(...listed), isWhole ? whole : {});
    expect(outcomeOf(done)).toEqual([200]);
    expect(elementIn(done, `Checksum${algorithm}`)).toBe(expected);
    expect(elementIn(done, 'ChecksumType')).toBe(type);
    expect(elementIn(done, 'ETag')).toBe('&quot;4d45984fc3feb2ac9b22683c49674b56-3&quot;');
    const query = { 'x-amz-checksum-mode': 'ENABLED' };
    expect((await objects.signed('HEAD', { key, query })).headers).toMatchObject(whole);
  });
});

const body = Buffer.from('abc');
const etag = md5Of(body);
/** An upload with one part. */
async function begin(headers: Record<string, string>, ofPart: Record<string, string>) {
  const name = { key: 'sums/a', uploadId: await uploads.create('sums/a', headers) };
  const answer = await uploads.part(name, 1, body, ofPart);
  expect(outcomeOf(answer)).toEqual([200]);
  return name;
}

describe('the beginning of an upload', () => {
  it.each<[string, Record<string, string>, string]>([
    ['an unknown algorithm', mode('TEST'), 'Checksum algorithm provided is unsupported'],
    ['a type alone', { 'x-amz-checksum-type': 'COMPOSITE' }, 'can only be used with the x-amz-'],
    ['an unknown type', mode('CRC32', 'x'), 'Value for x-amz-checksum-type header is invalid'],
    [
      'a composite CRC-64/NVME',
      mode('CRC64NVME', 'COMPOSITE'),
      'The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.',
    ],
    [
      'a SHA-256 of the whole',
      mode('SHA256', 'FULL_OBJECT'),
      'The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm.',
    ],
  ])('is refused with %s', async (_name, headers, message) => {
    const answer = await objects.signed('POST', { key: 'a', query: { uploads: '' }, headers });
    expect(outcomeOf(answer)).toEqual([400, 'InvalidRequest']);
    expect(elementIn(answer, 'Message')).toContain(message);
  });
});

describe('a part of an upload with an algorithm', () => {
  it.each<[string, Record<string, string>, string]>([
    ['of another one', sumHeader('CRC32', body), 'crc32'],
    ['of none', {}, 'null'],
  ])('is refused with a checksum %s', async (_name, headers, actual) => {
    const name = { key: 'sums/b', uploadId: await uploads.create('sums/b', mode('SHA256')) };
    const answer = await uploads.part(name, 1, body, headers);
    expect(outcomeOf(answer)).toEqual([400, 'InvalidRequest']);
    expect(elementIn(answer, 'Message')).toBe(
      `Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: ${actual}`,
    );
  });
});

describe('an upload without an algorithm', () => {
  it('has a CRC-64/NVME of the whole, whatever checksums its parts had', async () => {
    const name = await begin({}, sumHeader('CRC32C', body));
    expect(elementIn(await uploads.parts(name), 'ChecksumCRC32C')).toBeUndefined();
    const done = await uploads.complete(name, partList([1, etag]));
    expect(elementIn(done, 'ChecksumCRC64NVME')).toBe(sumOf('CRC64NVME', body));
    expect(elementIn(done, 'ChecksumType')).toBe('FULL_OBJECT');
  });
});

describe('a completion is refused', () => {
  const crc = sumOf('CRC32', body);
  const wrong = 'AAAAAA==';
  const composite: [Record<string, string>, Record<string, string>] = [
    mode('CRC32'),
    sumHeader('CRC32', body),
  ];
  const full: typeof composite = [mode('CRC32', 'FULL_OBJECT'), sumHeader('CRC32', body)];
  const none: typeof composite = [{}, {}];
  const sha = createHash('sha256').update(body).digest('base64');
  const fullHeader = (value: string) => ({
    ...{ 'x-amz-checksum-crc32': value, 'x-amz-checksum-type': 'FULL_OBJECT' },
  });

  it.each<[string, typeof composite, string, Record<string, string>, [number, string], string]>([
    [
      'without the checksum of a part',
      composite,
      '',
      {},
      [400, 'InvalidRequest'],
      'missing for part 1',
    ],
    ['with another one', composite, sumElement('CRC32', wrong), {}, [400, 'InvalidPart'], ''],
    [
      'with one that is none',
      composite,
      sumElement('CRC32', 'x'),
      {},
      [400, 'InvalidRequest'],
      'ChecksumCRC32',
    ],
    [
      'with that of another algorithm',
      composite,
      sumElement('SHA256', sha),
      {},
      [400, 'BadDigest'],
      'The sha256 you specified for part 1',
    ],
    [
      'with one where none was asked for',
      none,
      sumElement('CRC32', crc),
      {},
      [400, 'InvalidPart'],
      '',
    ],
    [
      'with the other type',
      composite,
      '',
      { 'x-amz-checksum-type': 'FULL_OBJECT' },
      [400, 'InvalidRequest'],
      'using the COMPOSITE checksum mode',
    ],
    [
      'with a type where none was',
      none,
      '',
      { 'x-amz-checksum-type': 'FULL_OBJECT' },
      [400, 'InvalidRequest'],
      'using the null checksum mode',
    ],
    [
      'with another checksum of the whole',
      full,
      '',
      fullHeader(wrong),
      [400, 'BadDigest'],
      'The crc32 you',
    ],
    [
      'with the checksum of the whole without its type',
      full,
      '',
      { 'x-amz-checksum-crc32': crc },
      [400, 'BadDigest'],
      '',
    ],
    [
      'with a checksum of the whole where parts have one',
      composite,
      sumElement('CRC32', crc),
      { 'x-amz-checksum-crc32': crc },
      [501, 'NotImplemented'],
      '',
    ],
    [
      'with a checksum where none was asked for',
      none,
      '',
      { 'x-amz-checksum-crc32': crc },
      [501, 'NotImplemented'],
      '',
    ],
    [
      'with another size',
      none,
      '',
      { 'x-amz-mp-object-size': '5' },
      [400, 'InvalidRequest'],
      'header value 5 does not match what was computed: 3',
    ],
    [
      'with a size that is none',
      none,
      '',
      { 'x-amz-mp-object-size': '-1' },
      [400, 'InvalidRequest'],
      'x-amz-mp-object-size',
    ],
  ])('%s', async (_name, [ofUpload, ofPart], element, headers, outcome, message) => {
    const name = await begin(ofUpload, ofPart);
    const answer = await uploads.complete(name, partList([1, etag, element]), headers);
    expect(outcomeOf(answer)).toEqual(outcome);
    expect(elementIn(answer, 'Message')).toContain(message);
    expect(world.stub.cloud.rows.get('objects', 'sums/a')?.checksum?.algorithm).not.toBe('CRC32');
    expect(outcomeOf(await uploads.abort(name))).toEqual([204]);
  });

  it('unless the size is right', async () => {
    const name = await begin(...none);
    const size = { 'x-amz-mp-object-size': '3' };
    expect(outcomeOf(await uploads.complete(name, partList([1, etag]), size))).toEqual([200]);
  });
});

describe('the lists of parts and uploads', () => {
  it('have what was stored, and when the upload is given up', async () => {
    const name = await begin({}, {});
    const list = await uploads.parts(name, { 'max-parts': '1' });
    expect(list.headers['x-amz-abort-rule-id']).toBe('abandoned-uploads');
    const inADay = Date.parse(String(list.headers['x-amz-abort-date'])) - Date.now();
    expect(Math.round(inADay / 3_600_000)).toBe(24);
    const values = ['Key', 'UploadId', 'PartNumber', 'ETag', 'Size', 'NextPartNumberMarker'];
    expect(values.map((one) => elementIn(list, one))).toEqual([
      ...[name.key, name.uploadId, '1', `&quot;${etag}&quot;`, '3', '1'],
    ]);
    const all = await uploads.list({ prefix: 'sums/a', 'encoding-type': 'url' });
    expect(elementIn(all, 'UploadId')).toBe(name.uploadId);
    expect(elementIn(all, 'IsTruncated')).toBe('false');
    const after = { 'key-marker': name.key, 'upload-id-marker': name.uploadId };
    expect(elementIn(await uploads.list(after), 'Upload')).toBeUndefined();
  });

  it.each<[Record<string, string>, number, string]>([
    [{ 'max-uploads': 'x' }, 400, 'InvalidArgument'],
    [{ 'max-uploads': '-1' }, 400, 'InvalidArgument'],
    [{ 'encoding-type': 'x' }, 400, 'InvalidArgument'],
    [{ prefix: 'a'.repeat(1025) }, 400, 'KeyTooLongError'],
    [{ delimiter: '/' }, 501, 'NotImplemented'],
  ])('of uploads is refused with %j', async (query, status, code) => {
    expect(outcomeOf(await uploads.list(query))).toEqual([status, code]);
  });

  it.each<[Record<string, string>, number, string]>([
    [{ 'max-parts': 'x' }, 400, 'InvalidArgument'],
    [{ 'part-number-marker': '-1' }, 400, 'InvalidArgument'],
    [{ 'encoding-type': 'url' }, 501, 'NotImplemented'],
  ])('of parts is refused with %j', async (query, status, code) => {
    const name = await begin({}, {});
    expect(outcomeOf(await uploads.parts(name, query))).toEqual([status, code]);
  });
});
