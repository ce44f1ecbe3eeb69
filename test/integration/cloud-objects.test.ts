import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { createHttpsClient, type HttpsAnswer, type HttpsClient } from '../../base/https-client.ts';
import { presign } from '../../cloud-stub/presign.ts';
import type { Grant } from '../../protocol/schemas/maps.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';
import { missionDocument } from '../support/cloud-world.ts';

let world: TestStub;
let client: HttpsClient;
/** The stub's clock, as far as it is ahead of the machine's. */
let aheadMs = 0;

beforeAll(async () => {
  const clock = { ...systemClock, wallMs: () => systemClock.wallMs() + aheadMs };
  world = await startTestStub({ clock });
  const { https, serverCa } = world.stub.ready;
  client = createHttpsClient(https.url, await readFile(serverCa, 'utf8'));
});
afterAll(async () => {
  client.close();
  await world[Symbol.asyncDispose]();
});

const map = Buffer.from('not really a PNG, but bytes');
const sha256 = createHash('sha256').update(map).digest('hex');
const mapRef = { id: 'm1', size: map.length, sha256, type: 'image/png' };
const epoch = 'abcdefabcdefabcd';

/** Ends a mission with a map as robot `name`, and returns the grant that its confirmation carries. */
async function granted(name: string): Promise<Grant> {
  const { robot } = await world.enter(name);
  await using _ = robot;
  await robot.subscribe(`robots/${name}/down/#`);
  const document = missionDocument({ missionId: `${epoch}-1`, ended: true, map: mapRef });
  robot.publish(`robots/${name}/up/missions/report`, { v: 1, reports: [document] });
  const answer = await robot.next(`robots/${name}/down/missions/report/accepted`);
  const [grant] = (answer as { grants: Grant[] }).grants;
  if (grant === undefined) throw new Error('no grant');
  return grant;
}

const send = (
  method: string,
  url: string,
  options: { headers?: Record<string, string | number>; body?: Uint8Array } = {},
): Promise<HttpsAnswer> => {
  const target = url.slice(world.stub.ready.https.url.length);
  return client.send({ method, target, headers: {}, ...options });
};
const put = (grant: Grant, change: Record<string, string> = {}, body: Uint8Array = map) =>
  send('PUT', grant.url, {
    headers: { ...grant.headers, 'content-length': body.byteLength, ...change },
    body,
  });
const folderOf = () => join(world.folder, 'cloud', 'objects');
/** The bytes in the file of the object. */
async function filesOf(key: string): Promise<Buffer[]> {
  const file = world.stub.cloud.rows.get('objects', key)?.file;
  return file === undefined ? [] : [await readFile(join(folderOf(), file))];
}
const codeIn = ({ body }: HttpsAnswer) => /<Code>(\w+)<\/Code>/.exec(body.toString())?.[1];
const missionOf = (name: string) => world.stub.cloud.rows.get('missions', `${name}/${epoch}-1`);

describe('the upload of a map by its grant', () => {
  it('stores the bytes and completes the mission', async () => {
    const grant = await granted('MAP-1');
    expect(missionOf('MAP-1')?.map?.state).toBe('pending');
    const answer = await put(grant);
    expect(answer).toMatchObject({
      status: 200,
      headers: { etag: expect.stringMatching(/^".+"$/) },
    });
    const key = missionOf('MAP-1')?.map?.objectKey ?? '';
    expect(key).toBe(`maps/MAP-1/${epoch}-1/m1.png`);
    expect(missionOf('MAP-1')?.map).toMatchObject({
      state: 'stored',
      storedMs: expect.any(Number),
    });
    expect(await filesOf(key)).toEqual([map]);
  });

  it('may be repeated, and leaves one object', async () => {
    const grant = await granted('MAP-2');
    expect((await put(grant)).status).toBe(200);
    expect((await put(grant)).status).toBe(200);
    expect(await filesOf(`maps/MAP-2/${epoch}-1/m1.png`)).toEqual([map]);
    const { length } = world.stub.cloud.rows.list('objects');
    expect((await readdir(folderOf())).filter((name) => name !== '.incoming')).toHaveLength(length);
  });

  it.each<[string, (grant: Grant) => Promise<HttpsAnswer>, number, string]>([
    ['other bytes', (grant) => put(grant, {}, Buffer.from(map).fill(1)), 400, 'BadDigest'],
    [
      'another checksum',
      (grant) => put(grant, { 'x-amz-checksum-sha256': 'AAAA' }),
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'another type',
      (grant) => put(grant, { 'content-type': 'x/y' }),
      403,
      'SignatureDoesNotMatch',
    ],
    ['an unsigned header', (grant) => put(grant, { 'x-amz-acl': 'private' }), 403, 'AccessDenied'],
    [
      'another key',
      (grant) => put({ ...grant, url: grant.url.replace('m1.png', 'm2.png') }),
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'a longer lifetime',
      (grant) => put({ ...grant, url: grant.url.replace('Expires=900', 'Expires=9000') }),
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'no signature',
      (grant) => put({ ...grant, url: grant.url.replace(/&X-Amz-Signature=.*/, '') }),
      400,
      'AuthorizationQueryParametersError',
    ],
    [
      'no query',
      (grant) => put({ ...grant, url: grant.url.replace(/\?.*/, ''), headers: {} }),
      403,
      'AccessDenied',
    ],
    ['GET with it', ({ url }) => send('GET', url), 403, 'SignatureDoesNotMatch'],
    [
      'a chunked body',
      (grant) =>
        send('PUT', grant.url, {
          headers: { ...grant.headers, 'transfer-encoding': 'chunked' },
          body: map,
        }),
      501,
      'NotImplemented',
    ],
  ])('is rejected with %s, and stores nothing', async (name, attempt, status, code) => {
    const robot = `BAD-${name.replaceAll(' ', '-')}`;
    const grant = await granted(robot);
    const answer = await attempt(grant);
    expect([answer.status, codeIn(answer)]).toEqual([status, code]);
    expect(missionOf(robot)?.map?.state).toBe('pending');
    expect(
      await readdir(join(world.folder, 'cloud', 'objects', '.incoming')).catch(() => []),
    ).toEqual([]);
    expect((await put(grant)).status).toBe(200);
  });

  it("is rejected after its expiry, with the server's time", async () => {
    const grant = await granted('MAP-3');
    expect(grant.expiresMs - systemClock.wallMs()).toBeGreaterThan(895_000);
    aheadMs = 901_000;
    try {
      const answer = await put(grant);
      expect([answer.status, codeIn(answer)]).toEqual([403, 'AccessDenied']);
      expect(answer.body.toString()).toMatch(/<Message>Request has expired<.*<ServerTime>20/s);
      expect(missionOf('MAP-3')?.map?.state).toBe('pending');
    } finally {
      aheadMs = 0;
    }
  });

  it('stores nothing when it breaks off', async () => {
    const grant = await granted('MAP-4');
    const { https, serverCa } = world.stub.ready;
    const { hostname, port, host } = new URL(https.url);
    const ca = await readFile(serverCa);
    const incoming = join(world.folder, 'cloud', 'objects', '.incoming');
    const parts = async () => (await readdir(incoming)).length;
    const headers = { ...grant.headers, host, 'content-length': map.length };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connect({ host: hostname, port: Number(port), ca });
    socket.write(`PUT ${grant.url.slice(https.url.length)} HTTP/1.1\r\n${lines.join('')}\r\n`);
    socket.write(map.subarray(0, 5));
    await until(async () => (await parts()) === 1);
    socket.destroy();
    await until(async () => (await parts()) === 0);
    expect(missionOf('MAP-4')?.map?.state).toBe('pending');
    expect((await put(grant)).status).toBe(200);
  });

  it('is rejected before its body when it is larger than any map', async () => {
    const key = 'maps/BIG/x/y.png';
    const operator = JSON.parse(await readFile(world.stub.ready.operator, 'utf8'));
    const url = presign({
      method: 'PUT',
      endpoint: world.stub.ready.https.url,
      path: `/objects/${key}`,
      expiresS: 60,
      nowMs: systemClock.wallMs(),
      region: 'us-east-1',
      credentials: operator,
    });
    const headers = { 'content-length': 17 * 1024 * 1024, expect: '100-continue' };
    const answer = await send('PUT', url, { headers });
    expect([answer.status, codeIn(answer)]).toEqual([400, 'EntityTooLarge']);
  });
});

describe('reading an object by pre-signed URL', () => {
  const bytes = Buffer.from('0123456789');
  const url = () => world.operator.objectUrl('firmware/a.bin', 60);
  beforeAll(() => world.operator.putObject('firmware/a.bin', bytes, 'application/octet-stream'));

  it.each<[string, Record<string, string>, number, string, string | undefined]>([
    ['the whole', {}, 200, '0123456789', undefined],
    ['a range', { range: 'bytes=2-4' }, 206, '234', 'bytes 2-4/10'],
    ['an open range', { range: 'bytes=7-' }, 206, '789', 'bytes 7-9/10'],
    ['a last part', { range: 'bytes=-3' }, 206, '789', 'bytes 7-9/10'],
    ['a range beyond the end', { range: 'bytes=8-99' }, 206, '89', 'bytes 8-9/10'],
    ['several ranges as the whole', { range: 'bytes=0-1,3-4' }, 200, '0123456789', undefined],
  ])('gives %s', async (_name, headers, status, body, contentRange) => {
    const answer = await send('GET', url(), { headers });
    expect([answer.status, answer.body.toString()]).toEqual([status, body]);
    expect(answer.headers['content-range']).toBe(contentRange);
    expect(answer.headers['content-length']).toBe(String(body.length));
  });

  it('names the reason when the range is invalid or the object has changed', async () => {
    const outside = await send('GET', url(), { headers: { range: 'bytes=10-' } });
    expect([outside.status, codeIn(outside)]).toEqual([416, 'InvalidRange']);
    expect(outside.headers['content-range']).toBe('bytes */10');
    const { headers } = await send('GET', url());
    const etag = String(headers['etag']);
    const same = await send('GET', url(), { headers: { 'if-match': etag, range: 'bytes=0-0' } });
    expect(same.status).toBe(206);
    const other = await send('GET', url(), { headers: { 'if-match': '"other"' } });
    expect([other.status, codeIn(other)]).toEqual([412, 'PreconditionFailed']);
  });

  it('finds nothing for an unknown key, and no file outside the folder', async () => {
    for (const key of [
      'firmware/none',
      '../operator.json',
      'a/../../operator.json',
      '.incoming/x',
    ]) {
      const answer = await send('GET', world.operator.objectUrl(key, 60));
      expect([key, answer.status, codeIn(answer)]).toEqual([key, 404, 'NoSuchKey']);
    }
  });
});

describe("the operator's upload", () => {
  it('stores a file, and replaces it', async () => {
    const path = join(world.folder, 'robots-ca.crt');
    await world.operator.putObject('firmware/ca.crt', path, 'text/plain');
    const first = await send('GET', world.operator.objectUrl('firmware/ca.crt', 60));
    expect(first.body).toEqual(await readFile(path));
    await world.operator.putObject('firmware/ca.crt', Buffer.from('new'), 'text/plain');
    const second = await send('GET', world.operator.objectUrl('firmware/ca.crt', 60));
    expect(second.body.toString()).toBe('new');
    expect(second.headers['content-type']).toBe('text/plain');
  });

  it('stores a file whose placeholder in a job document reaches a robot', async () => {
    const { robot } = await world.enter('JOB-1');
    await using _ = robot;
    await world.operator.putObject(
      'firmware/img',
      Buffer.from('image'),
      'application/octet-stream',
    );
    const imageUrl = world.operator.placeholderFor('firmware/img');
    await world.operator.createJob({ jobId: 'j1', targets: ['JOB-1'], document: { imageUrl } });
    robot.publish('$aws/things/JOB-1/jobs/start-next', '{}');
    const answer = await robot.next('$aws/things/JOB-1/jobs/start-next/accepted');
    const { execution } = answer as { execution: { jobDocument: { imageUrl: string } } };
    const image = await send('GET', execution.jobDocument.imageUrl);
    expect([image.status, image.body.toString()]).toEqual([200, 'image']);
  });
});
