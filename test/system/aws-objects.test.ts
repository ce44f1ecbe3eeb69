import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  awsCliWith,
  boto3,
  type Call,
  type Caller,
  installSdk,
  sdk,
} from '../support/aws-clients.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { partList } from '../support/cloud-uploads.ts';

let world: TestStub;
beforeAll(async () => {
  await installSdk();
  world = await startTestStub();
});
afterAll(() => world[Symbol.asyncDispose]());

const object = (operation: string, input: object = {}, client: Call['client'] = 's3'): Call => ({
  ...{ client, operation, input: { Bucket: 'objects', ...input } },
});

const MiB = 1024 * 1024;
const hashOf = (size: number): string =>
  createHash('sha256').update(Buffer.alloc(size, 'a')).digest('hex');

const rowOf = (key: string) => world.stub.cloud.rows.get('objects', key);

/** What one call returned. */
async function outputOf(callAll: Caller, call: Call): Promise<Record<string, unknown>> {
  const [outcome] = await callAll(world.stub.ready, [call]);
  expect([call.operation, outcome]).toEqual([call.operation, { output: expect.anything() }]);
  return (outcome as { output: Record<string, unknown> }).output;
}

describe.each<readonly [string, Caller]>([
  ['@aws-sdk', sdk],
  ['boto3', boto3],
])("AWS's own client %s", (name, callAll) => {
  it('stores, reads, lists and deletes objects', async () => {
    const Key = `clients/${name}/a b+ü.txt`;
    const steps: [Call, object][] = [
      [
        object('PutObject', {
          ...{ Key, Body: 'hello', ContentType: 'text/plain', Metadata: { line: '7' } },
        }),
        { ETag: expect.any(String) },
      ],
      [
        object('GetObject', { Key }),
        { Body: 'hello', ContentType: 'text/plain', Metadata: { line: '7' } },
      ],
      [object('GetObject', { Key, Range: 'bytes=1-2' }), { Body: 'el' }],
      [object('HeadObject', { Key }), { ContentLength: 5 }],
      [
        object('ListObjectsV2', { Prefix: `clients/${name}/`, MaxKeys: 5 }),
        { KeyCount: 1, Contents: [{ Key, Size: 5 }] },
      ],
      [object('DeleteObject', { Key }), {}],
      [object('PutObject', { Key, Body: 'again' }), {}],
      [object('DeleteObjects', { Delete: { Objects: [{ Key }] } }), { Deleted: [{ Key }] }],
      [object('HeadBucket'), {}],
      [object('ListObjectsV2', { Prefix: `clients/${name}/` }), { KeyCount: 0 }],
    ];
    const outcomes = await callAll(
      world.stub.ready,
      steps.map(([one]) => one),
    );
    for (const [i, [{ operation }, expected]] of steps.entries()) {
      expect([operation, outcomes[i]]).toMatchObject([operation, { output: expected }]);
    }
    const [missing] = await callAll(world.stub.ready, [object('GetObject', { Key })]);
    expect(missing).toMatchObject({ error: 'NoSuchKey' });
  });

  it.each([
    ['no checksum', undefined],
    ['CRC-32', 'CRC32'],
    ['SHA-256', 'SHA256'],
  ])('stores an object in parts with %s', async (_name, ChecksumAlgorithm) => {
    const Key = `clients/${name}/parts ü`;
    const algorithm = ChecksumAlgorithm === undefined ? {} : { ChecksumAlgorithm };
    const { UploadId } = await outputOf(
      callAll,
      object('CreateMultipartUpload', { Key, ...algorithm }),
    );
    const ofUpload = { Key, UploadId };
    const part = (PartNumber: number, size: number) =>
      object('UploadPart', { ...ofUpload, PartNumber, Body: { size }, ...algorithm });
    const outcomes = await callAll(world.stub.ready, [
      ...[part(1, 5 * MiB), part(2, 100), object('ListParts', ofUpload)],
      object('ListMultipartUploads', { Prefix: Key }),
    ]);
    const [one, two, parts, uploads] = outcomes.map(
      (outcome): Record<string, unknown> => ('output' in outcome ? outcome.output : outcome),
    );
    expect(parts).toMatchObject({
      Parts: [
        { PartNumber: 1, Size: 5 * MiB },
        { PartNumber: 2, Size: 100 },
      ],
    });
    expect(uploads).toMatchObject({ Uploads: [{ Key, UploadId }] });
    const checksum = `Checksum${ChecksumAlgorithm}`;
    const listed = [one, two].map((output = {}, i) => ({
      ...{ PartNumber: i + 1, ETag: output['ETag'] },
      ...(ChecksumAlgorithm && { [checksum]: output[checksum] }),
    }));
    const MultipartUpload = { Parts: listed };
    const done = await outputOf(
      callAll,
      object('CompleteMultipartUpload', { ...ofUpload, MultipartUpload }),
    );
    expect(done).toMatchObject({ Key, ETag: expect.stringMatching(/^"[0-9a-f]{32}-2"$/) });
    expect(rowOf(Key)?.sha256).toBe(hashOf(5 * MiB + 100));
    const read = await outputOf(callAll, object('GetObject', { Key, ChecksumMode: 'ENABLED' }));
    expect(read['Body']).toBe('a'.repeat(5 * MiB + 100));
    const [again, unknown] = await callAll(world.stub.ready, [
      object('AbortMultipartUpload', ofUpload),
      object('UploadPart', { ...ofUpload, PartNumber: 1, Body: 'a' }),
    ]);
    expect([again, unknown]).toMatchObject([{ error: 'NoSuchUpload' }, { error: 'NoSuchUpload' }]);
  });
});

describe('the SDK for JavaScript', () => {
  it.each([
    ['a buffer', false],
    ['a stream of unknown length', true],
  ])('uploads %s in parts by its library', async (_name, isStream) => {
    const [Key, size] = [`library/${isStream}`, 12 * MiB + 1];
    const Body = { size, isStream };
    await outputOf(sdk, object('', { Key, Body, partSize: 5 * MiB }, 's3-upload'));
    expect(rowOf(Key)).toMatchObject({ size, sha256: hashOf(size) });
    expect(rowOf(Key)?.etag).toMatch(/-3"$/);
  });

  it('stores a stream of known length, whose checksum follows it', async () => {
    const [Key, size] = ['stream/a', 300_001];
    const call = object('PutObject', { Key, Body: { size, isStream: true }, ContentLength: size });
    const { ChecksumCRC32 } = await outputOf(sdk, call);
    expect(rowOf(Key)).toMatchObject({ size, sha256: hashOf(size) });
    expect(rowOf(Key)?.checksum).toEqual({ algorithm: 'CRC32', value: ChecksumCRC32 });
    expect(rowOf(Key)?.metadata).toBeUndefined();
  });

  it('signs URLs for each step of an upload', async () => {
    const Key = 'presigned/a b';
    const step = (operation: string, Method: string, more: object) =>
      outputOf(sdk, object(operation, { Key, Method, ...more }, 's3-presigned'));
    const begun = await step('CreateMultipartUpload', 'POST', {});
    const UploadId = /<UploadId>(\w+)/.exec(String(begun['body']))?.[1];
    const part = await step('UploadPart', 'PUT', { UploadId, PartNumber: 1, Body: 'the part' });
    expect(part['status']).toBe(200);
    const Body = partList([1, String(part['etag'])]);
    const done = await step('CompleteMultipartUpload', 'POST', { UploadId, Body });
    expect([done['status'], rowOf(Key)?.size]).toEqual([200, 8]);
  });
});

describe("Debian's aws command", () => {
  it('copies a file above its threshold for uploads in parts, there and back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aws-objects-'));
    try {
      const [configPath, path, back] = ['config', 'firmware.bin', 'back.bin'].map((name) =>
        join(folder, name),
      ) as [string, string, string];
      await writeFile(
        configPath,
        '[default]\ns3 =\n  addressing_style = path\n  multipart_threshold = 6MB\n  multipart_chunksize = 5MB\n',
      );
      const bytes = randomBytes(17 * MiB + 5);
      await writeFile(path, bytes);
      const aws = (...args: string[]) => awsCliWith({ configPath }, world.stub.ready, ...args);
      const copy = (from: string, to: string) => aws('s3', 'cp', '--only-show-errors', from, to);
      await copy(path, 's3://objects/cli/firmware.bin');
      expect(rowOf('cli/firmware.bin')?.etag).toMatch(/-4"$/);
      await copy('s3://objects/cli/firmware.bin', back);
      expect((await readFile(back)).equals(bytes)).toBe(true);
      const left = await aws(
        's3api',
        'list-multipart-uploads',
        '--bucket=objects',
        '--prefix=cli/',
      );
      expect(left).toBeNull();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
