import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttp, type Http } from '../../../agent/io/http.ts';
import type { Grant, MapRef } from '../../../protocol/schemas/maps.ts';
import { startHttps, type TestHttps } from '../../support/agent-https.ts';
import { until } from '../../support/cloud-until.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();
const bytes = randomBytes(300_000);
const map: MapRef = {
  id: 'map-1',
  size: bytes.byteLength,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  type: 'image/png',
};
const never = new AbortController().signal;
let server: TestHttps;
let http: Http;
let file = '';
beforeAll(async () => {
  const dir = await folder();
  server = await startHttps(dir);
  http = createHttp({ caFile: server.caFile, stallMs: 300 });
  file = join(dir, 'map.png');
  await writeFile(file, bytes);
});
afterAll(() => server[Symbol.asyncDispose]());

const grant = (path = '/objects/maps/a%2Fb%20c?X-Amz-Signature=secret&x=1%2B2'): Grant => ({
  missionId: 'm',
  mapId: map.id,
  method: 'PUT',
  url: `${server.origin}${path}`,
  headers: { 'content-type': 'image/png', 'x-amz-checksum-sha256': 'abc=' },
  expiresMs: 0,
});
const put = (signal = never, ref = map) => http.put(file, ref, grant(), signal);

/** Takes the whole body, then answers. */
const answering =
  (status: number, body = '', headers = {}) =>
  async (request: IncomingMessage, response: ServerResponse) => {
    await buffer(request);
    response.writeHead(status, headers).end(body);
  };
const error = (code: string) =>
  `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>no</Message></Error>`;

describe('an upload', () => {
  it('is one PUT of the very bytes, with the granted headers and the length, to the very URL', async () => {
    let received = Buffer.alloc(0);
    server.handle = async (request, response) => {
      received = await buffer(request);
      response.end();
    };
    const before = server.requests.length;
    expect(await put()).toEqual({ kind: 'stored' });
    expect(received.equals(bytes)).toBe(true);
    const [request, ...more] = server.requests.slice(before);
    expect(more).toEqual([]);
    expect(request).toMatchObject({
      method: 'PUT',
      url: '/objects/maps/a%2Fb%20c?X-Amz-Signature=secret&x=1%2B2',
      headers: { ...grant().headers, 'content-length': '300000' },
    });
    const names = Object.keys(request?.headers ?? {});
    expect(names.filter((name) => /^(x-amz|transfer|expect)/.test(name))).toEqual([
      'x-amz-checksum-sha256',
    ]);
  });

  it.each([
    ['stored', 200, '', {}],
    ['without content', 204, '', {}],
    ['stored already', 412, error('PreconditionFailed'), {}],
  ])('%s (%i) is done', async (_name, status, body, headers) => {
    server.handle = answering(status, body, headers);
    expect(await put()).toEqual({ kind: 'stored' });
  });

  it.each([
    [403, 'AccessDenied', 'renew'],
    [403, 'SignatureDoesNotMatch', 'renew'],
    [403, 'InvalidAccessKeyId', 'renew'],
    [400, 'ExpiredToken', 'renew'],
    [400, 'AuthorizationQueryParametersError', 'renew'],
    [404, 'NoSuchBucket', 'renew'],
    [400, 'BadDigest', 'hopeless'],
    [400, 'InvalidDigest', 'hopeless'],
    [400, 'EntityTooLarge', 'hopeless'],
    [411, 'MissingContentLength', 'hopeless'],
    [413, 'TooLarge', 'hopeless'],
    [501, 'NotImplemented', 'hopeless'],
    [400, 'RequestTimeout', 'later'],
    [408, 'RequestTimeout', 'later'],
    [429, 'TooManyRequests', 'later'],
    [500, 'InternalError', 'later'],
    [503, 'SlowDown', 'later'],
  ] as const)('%i %s: %s', async (status, code, kind) => {
    server.handle = answering(status, error(code));
    expect(await put()).toEqual({ kind, code });
  });

  it.each([
    ['no answer document', ''],
    ['a document of another kind', '<html>oops</html>'],
    ['a code of no sound form', '<Code>../../etc</Code>'],
  ])('with %s has the status as its code', async (_name, body) => {
    server.handle = answering(403, body);
    expect(await put()).toEqual({ kind: 'renew', code: 'http-403' });
  });

  it.each(['http://localhost/x', 'file:///etc/passwd', 'text', ''])(
    'to %j, which is not HTTPS, is not made',
    async (url) => {
      const outcome = await http.put(file, map, { ...grant(), url }, never);
      expect(outcome).toEqual({ kind: 'renew', code: 'not-https' });
    },
  );

  it('sends no granted header that would say where it goes or how long it is', async () => {
    server.handle = answering(200);
    const headers = {
      ...grant().headers,
      Host: 'evil',
      'Content-Length': '5',
      'transfer-encoding': 'chunked',
    };
    expect(await http.put(file, map, { ...grant(), headers }, never)).toEqual({ kind: 'stored' });
    expect(server.requests.at(-1)?.headers).toMatchObject({
      host: server.origin.slice('https://'.length),
      'content-length': '300000',
    });
  });

  it.each([301, 302, 307])('does not follow a redirect (%i)', async (status) => {
    server.handle = answering(status, '', { location: `${server.origin}/elsewhere` });
    const before = server.requests.length;
    expect(await put()).toEqual({ kind: 'renew', code: `http-${status}` });
    expect(server.requests.length).toBe(before + 1);
  });
});

describe('an upload that goes wrong on the way', () => {
  /** A server sees that its client has gone only when it reads. */
  const unread: IncomingMessage[] = [];
  it.each<readonly [string, TestHttps['handle'], string]>([
    ['is not answered', async (request) => void (await buffer(request)), 'ETIMEDOUT'],
    ['is not read', (request) => void unread.push(request), 'ETIMEDOUT'],
    [
      'is cut off',
      (request) => void request.once('data', () => request.socket.destroy()),
      'ECONNRESET',
    ],
    [
      'is cut off before the answer',
      async (request) => {
        await buffer(request);
        request.socket.destroy();
      },
      'ECONNRESET',
    ],
    [
      'is answered without end',
      async (request, response) => {
        await buffer(request);
        const more = () =>
          void (response.write('x'.repeat(16_384))
            ? setImmediate(more)
            : response.once('drain', more));
        response.on('error', () => {});
        if (!response.destroyed) more();
      },
      'answer-too-long',
    ],
  ])('%s: later', async (_name, handle, code) => {
    server.handle = handle;
    expect(await put()).toMatchObject({
      kind: 'later',
      code: expect.stringMatching(`${code}|EPIPE`),
    });
    for (const request of unread.splice(0)) request.resume();
    await until(() => server.connections() === 0);
  });

  it('because nobody is there: later', async () => {
    const gone = await startHttps(await folder());
    const { origin, caFile } = gone;
    await gone[Symbol.asyncDispose]();
    const outcome = await createHttp({ caFile }).put(
      file,
      map,
      { ...grant(), url: `${origin}/x` },
      never,
    );
    expect(outcome).toEqual({ kind: 'later', code: 'ECONNREFUSED' });
  });

  it('to a store that is not of our CA: later, and nothing was said to it', async () => {
    await using other = await startHttps(await folder());
    const outcome = await http.put(file, map, { ...grant(), url: `${other.origin}/x` }, never);
    expect(outcome).toMatchObject({
      kind: 'later',
      code: expect.stringMatching(/CERT|SIGNATURE|ISSUER/),
    });
    expect(other.requests).toEqual([]);
  });

  it('by our own doing rejects with the reason', async () => {
    server.handle = (request) => void request.resume();
    const stop = new AbortController();
    const reason = new Error('enough');
    const outcome = put(stop.signal);
    await until(() => server.connections() > 0);
    stop.abort(reason);
    await expect(outcome).rejects.toBe(reason);
    await until(() => server.connections() === 0);
  });
});

describe('a file that is not what it was', () => {
  it.each([
    ['is gone', async () => join(await folder(), 'none.png')],
    [
      'is shorter',
      async () => {
        const path = join(await folder(), 'short.png');
        await writeFile(path, bytes.subarray(0, 1000));
        return path;
      },
    ],
  ])('%s: there is no hope, and nothing is sent', async (_name, path) => {
    const before = server.requests.length;
    const fresh = createHttp({ caFile: server.caFile });
    const outcome = await fresh.put(await path(), map, grant(), never);
    expect(outcome).toEqual({ kind: 'hopeless', code: 'map-file-lost' });
    expect(server.requests.length).toBe(before);
  });
});

beforeEach(() => {
  server.handle = answering(500);
});

describe('a grant that is not to be used as it is', () => {
  it('goes nowhere when it is not HTTPS', async () => {
    const before = server.requests.length;
    const plain = { ...grant(), url: grant().url.replace('https:', 'http:') };
    expect(await http.put(file, map, plain, never)).toEqual({ kind: 'renew', code: 'not-https' });
    expect(server.requests.length).toBe(before);
  });

  it('does not say where the request goes, nor how long it is', async () => {
    server.handle = answering(200);
    const headers = {
      Host: 'elsewhere',
      'Transfer-Encoding': 'chunked',
      'content-type': 'image/png',
    };
    expect(await http.put(file, map, { ...grant(), headers }, never)).toEqual({ kind: 'stored' });
    const sent = server.requests.at(-1)?.headers;
    expect(sent?.host).toBe(new URL(server.origin).host);
    expect(sent?.['transfer-encoding']).toBeUndefined();
    expect(sent?.['content-length']).toBe(String(map.size));
  });
});
