import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  connectObjects,
  elementIn,
  type ObjectClient,
  outcomeOf,
} from '../support/cloud-object-client.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import {
  bytesOfPart,
  etagOfParts,
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

const folder = () => join(world.folder, 'cloud', 'objects');
const partFiles = () => readdir(join(folder(), '.parts'));
const objectFiles = async () =>
  (await readdir(folder())).filter((name) => !name.startsWith('.')).length;
const row = (key: string) => world.stub.cloud.rows.get('objects', key);
const quoted = (bytes: Uint8Array) => `&quot;${md5Of(bytes)}&quot;`;

const [first, second] = [bytesOfPart(1), bytesOfPart(2)];
const last = Buffer.from('the end');

describe.each(['signed', 'presigned'] as const)('a multipart upload by %s requests', (send) => {
  it('becomes the object, with the metadata of its beginning, and leaves no part', async () => {
    const one = uploadsOf(objects, send);
    const key = `multi/${send}/a b+ü`;
    const uploadId = await one.create(key, {
      ...{ 'content-type': 'a/b', 'cache-control': 'no-store', 'x-amz-meta-line': '7' },
    });
    const name = { key, uploadId };
    expect((await one.part(name, 30, last)).headers['etag']).toBe(`"${md5Of(last)}"`);
    await one.part(name, 1, first);
    await one.part(name, 2, second);
    expect(row(key)).toBeUndefined();
    const list = partList([1, quoted(first)], [2, md5Of(second)], [30, `"${md5Of(last)}"`]);
    const done = await one.complete(name, list);
    expect(outcomeOf(done)).toEqual([200]);
    const etag = etagOfParts(first, second, last);
    expect(elementIn(done, 'ETag')).toBe(etag.replaceAll('"', '&quot;'));
    expect(elementIn(done, 'Location')).toMatch(/^https:\/\/localhost:\d+\/objects\/multi\//);
    const read = await objects.signed('GET', { key });
    const whole = Buffer.concat([first, second, last]);
    expect(read.body.equals(whole)).toBe(true);
    expect(read.headers).toMatchObject({
      ...{ etag, 'content-type': 'a/b', 'cache-control': 'no-store', 'x-amz-meta-line': '7' },
    });
    expect(row(key)?.sha256).toBe(createHash('sha256').update(whole).digest('hex'));
    expect(await partFiles()).toEqual([]);
    const range = { range: `bytes=${partBytesMin - 1}-${partBytesMin}` };
    const across = await objects.signed('GET', { key, headers: range });
    expect(across.body).toEqual(Buffer.from([first.at(-1) ?? 0, second[0] ?? 0]));
  });
});

describe('the parts of an upload', () => {
  it('are replaced by a part of the same number, whose file goes', async () => {
    const key = 'parts/again';
    const name = { key, uploadId: await uploads.create(key) };
    await uploads.part(name, 1, Buffer.from('old'));
    await uploads.part(name, 1, last);
    expect(await partFiles()).toHaveLength(1);
    const old = await uploads.complete(name, partList([1, md5Of(Buffer.from('old'))]));
    expect(outcomeOf(old)).toEqual([400, 'InvalidPart']);
    expect(outcomeOf(await uploads.complete(name, partList([1, md5Of(last)])))).toEqual([200]);
    expect((await objects.signed('GET', { key })).body.equals(last)).toBe(true);
  });

  it('that the list does not name are dropped', async () => {
    const key = 'parts/some';
    const name = { key, uploadId: await uploads.create(key) };
    for (const number of [1, 2, 3]) await uploads.part(name, number, Buffer.from(`p${number}`));
    const list = partList([2, md5Of(Buffer.from('p2'))]);
    expect(outcomeOf(await uploads.complete(name, list))).toEqual([200]);
    expect((await objects.signed('GET', { key })).body.toString()).toBe('p2');
    expect(await partFiles()).toEqual([]);
  });

  it('go with an abort', async () => {
    const key = 'parts/abort';
    const name = { key, uploadId: await uploads.create(key) };
    await uploads.part(name, 1, last);
    expect(outcomeOf(await uploads.abort(name))).toEqual([204]);
    expect(await partFiles()).toEqual([]);
    for (const request of [
      () => uploads.abort(name),
      () => uploads.parts(name),
      () => uploads.part(name, 1, last),
      () => uploads.complete(name, partList([1, md5Of(last)])),
    ]) {
      expect(outcomeOf(await request())).toEqual([404, 'NoSuchUpload']);
    }
    expect(row(key)).toBeUndefined();
  });

  it('are refused when they are not what the request says', async () => {
    const key = 'parts/digest';
    const name = { key, uploadId: await uploads.create(key) };
    const send = (headers: Record<string, string>) => uploads.part(name, 1, last, headers);
    const crc = { 'x-amz-checksum-crc32': 'AAAAAA==' };
    expect(outcomeOf(await send(crc))).toEqual([400, 'BadDigest']);
    const md5 = { 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==' };
    expect(outcomeOf(await send(md5))).toEqual([400, 'BadDigest']);
    const hash = { 'x-amz-content-sha256': '0'.repeat(64) };
    expect(outcomeOf(await send(hash))).toEqual([400, 'XAmzContentSHA256Mismatch']);
    expect(await partFiles()).toEqual([]);
    expect(elementIn(await uploads.parts(name), 'ETag')).toBeUndefined();
  });
});

describe('a completion', () => {
  it('that comes again gets the same answer, and stores nothing', async () => {
    const key = 'complete/twice';
    const name = { key, uploadId: await uploads.create(key) };
    await uploads.part(name, 1, last);
    const list = partList([1, md5Of(last)]);
    const done = await uploads.complete(name, list);
    await objects.signed('DELETE', { key });
    const again = await uploads.complete(name, list);
    expect([again.status, again.body]).toEqual([200, done.body]);
    expect(row(key)).toBeUndefined();
    const other = await uploads.complete(name, partList([1, md5Of(first)]));
    expect(outcomeOf(other)).toEqual([404, 'NoSuchUpload']);
  });

  it.each([
    ['stores one object when several come at once', 0],
    ['or an abort decides, when both come at once', 2],
  ])('%s', async (_name, aborts) => {
    const key = 'complete/at-once';
    await objects.signed('DELETE', { key });
    const before = await objectFiles();
    const name = { key, uploadId: await uploads.create(key) };
    await uploads.part(name, 1, first);
    await uploads.part(name, 2, last);
    const list = partList([1, md5Of(first)], [2, md5Of(last)]);
    const all = await Promise.all([
      ...[1, 2, 3].map(() => uploads.complete(name, list)),
      ...Array.from({ length: aborts }, () => uploads.abort(name)),
    ]);
    const statuses = all.map(({ status }) => status).sort((a, b) => a - b);
    const isDone = row(key) !== undefined;
    const aborted = Array.from({ length: aborts }, () => 404);
    expect(statuses).toEqual(isDone ? [200, 200, 200, ...aborted] : [204, 404, 404, 404, 404]);
    expect(await partFiles()).toEqual([]);
    expect(await objectFiles()).toBe(before + (isDone ? 1 : 0));
  });

  it('replaces an object, and with If-None-Match it does not', async () => {
    const key = 'complete/only-new';
    const put = (text: string) => objects.signed('PUT', { key, body: Buffer.from(text) });
    await put('before');
    const name = { key, uploadId: await uploads.create(key) };
    await uploads.part(name, 1, last);
    const list = partList([1, md5Of(last)]);
    const before = await objectFiles();
    const refused = await uploads.complete(name, list, { 'if-none-match': '*' });
    expect(outcomeOf(refused)).toEqual([412, 'PreconditionFailed']);
    expect((await objects.signed('GET', { key })).body.toString()).toBe('before');
    expect(outcomeOf(await uploads.complete(name, list))).toEqual([200]);
    expect((await objects.signed('GET', { key })).body.equals(last)).toBe(true);
    expect(await objectFiles()).toBe(before);
  });
});

describe('a restart', () => {
  it('keeps an open upload and its parts, and removes parts that no upload has', async () => {
    const key = 'restart/a';
    const name = { key, uploadId: await uploads.create(key) };
    await uploads.part(name, 1, last);
    const [kept] = await partFiles();
    const orphan = `${'0'.repeat(24)}-${name.uploadId}-1`;
    await world.restart(async () => {
      await writeFile(join(folder(), '.parts', orphan), 'x');
    });
    objects[Symbol.dispose]();
    objects = await connectObjects(world.stub.ready);
    uploads = uploadsOf(objects);
    expect(await partFiles()).toEqual([kept]);
    expect(outcomeOf(await uploads.complete(name, partList([1, md5Of(last)])))).toEqual([200]);
    expect((await objects.signed('GET', { key })).body.equals(last)).toBe(true);
  });
});
