import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttp } from '../../../agent/io/http.ts';
import { uploadMap } from '../../../agent/io/upload.ts';
import type { Http } from '../../../agent/ports.ts';
import { nodeFiles } from '../../../base/files.ts';
import type { Grant } from '../../../protocol/schemas/maps.ts';
import { startHttps, type TestHttps } from '../../support/agent-https.ts';
import { grantAt, map, mapBytes } from '../../support/agent-upload.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();
const never = new AbortController().signal;
let server: TestHttps;
let http: Http;
let file = '';
beforeAll(async () => {
  const dir = await folder();
  server = await startHttps(dir);
  http = createHttp({ caFile: server.caFile });
  file = join(dir, 'map.png');
  await writeFile(file, mapBytes);
});
afterAll(() => server[Symbol.asyncDispose]());

const grant = (path?: string) => grantAt(server.origin, path);
const upload = (change: Partial<Grant>, signal = never, by = http, path = file) =>
  uploadMap(
    { files: nodeFiles, http: by },
    { path, map, grant: { ...grant(), ...change } },
    signal,
  );
const put = (signal = never) => upload({}, signal);

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
  it('is one PUT of the bytes with the granted headers and the length to the granted URL', async () => {
    let received = Buffer.alloc(0);
    server.handle = async (request, response) => {
      received = await buffer(request);
      response.end();
    };
    const before = server.requests.length;
    expect(await put()).toEqual({ kind: 'stored' });
    expect(received.equals(mapBytes)).toBe(true);
    const [request, ...more] = server.requests.slice(before);
    expect(more).toEqual([]);
    expect(request).toMatchObject({
      method: 'PUT',
      url: '/objects/maps/a%2Fb%20c?X-Amz-Signature=secret&x=1%2B2',
      headers: { ...grant().headers, 'content-length': '300000', connection: 'close' },
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
  ])('is complete when it is %s (%i)', async (_name, status, body, headers) => {
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
  ] as const)('after the answer %i %s has the outcome %s', async (status, code, kind) => {
    server.handle = answering(status, error(code));
    expect(await put()).toEqual({ kind, code });
  });

  it.each([
    ['no document', ''],
    ['another document', '<html>oops</html>'],
    ['an invalid code', '<Code>../../etc</Code>'],
  ])('has its status as the code when the answer has %s', async (_name, body) => {
    server.handle = answering(403, body);
    expect(await put()).toEqual({ kind: 'renew', code: 'http-403' });
  });

  it.each([
    ['http://localhost/x', 'not-https'],
    ['file:///etc/passwd', 'not-https'],
    ['text', 'not-a-url'],
    ['', 'not-a-url'],
  ])('rejects the URL %j', async (url, code) => {
    const outcome = await upload({ url });
    expect(outcome).toEqual({ kind: 'renew', code });
  });

  it('sends no granted header about destination or length', async () => {
    server.handle = answering(200);
    const headers = {
      ...grant().headers,
      Host: 'evil',
      'Content-Length': '5',
      'transfer-encoding': 'chunked',
    };
    expect(await upload({ headers })).toEqual({ kind: 'stored' });
    expect(server.requests.at(-1)?.headers).toMatchObject({
      host: server.origin.slice('https://'.length),
      'content-length': '300000',
    });
  });

  it.each([301, 302, 307])('does not follow a redirect (%i)', async (status) => {
    server.handle = answering(status, '', { location: `${server.origin}/elsewhere` });
    const before = server.requests.length;
    expect(await put()).toEqual({ kind: 'renew', code: 'redirect' });
    expect(server.requests.length).toBe(before + 1);
  });
});
