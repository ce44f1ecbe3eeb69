import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
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
import { until } from '../../support/cloud-until.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();
const never = new AbortController().signal;
let server: TestHttps;
let http: Http;
let file = '';
beforeAll(async () => {
  const dir = await folder();
  server = await startHttps(dir);
  http = createHttp({ caFile: server.caFile, stallMs: 2000 });
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

describe('an upload', () => {
  /** A server notices that its client has closed only when it reads. */
  const unread: IncomingMessage[] = [];
  it.each<readonly [string, TestHttps['handle'], string]>([
    ['has no answer', async (request) => void (await buffer(request)), 'timeout'],
    ['is not read', (request) => void unread.push(request), 'timeout'],
    [
      'is cut off',
      (request) => void request.once('data', () => request.socket.destroy()),
      'connection-lost',
    ],
    [
      'is cut off before the answer',
      async (request) => {
        await buffer(request);
        request.socket.destroy();
      },
      'connection-lost',
    ],
    [
      'has an answer without end',
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
  ])('is retried later when it %s', async (_name, handle, code) => {
    server.handle = handle;
    expect(await put()).toMatchObject({
      kind: 'later',
      code: expect.stringMatching(`${code}|EPIPE`),
    });
    for (const request of unread.splice(0)) request.resume();
    await until(() => server.connections() === 0);
  });

  it('is retried later when nobody listens', async () => {
    const stopped = await startHttps(await folder());
    const { origin, caFile } = stopped;
    await stopped[Symbol.asyncDispose]();
    const outcome = await upload({ url: `${origin}/x` }, never, createHttp({ caFile }));
    expect(outcome).toEqual({ kind: 'later', code: 'connection-refused' });
  });

  it('is retried later when the server has another CA, which receives nothing', async () => {
    await using other = await startHttps(await folder());
    const outcome = await upload({ url: `${other.origin}/x` });
    expect(outcome).toEqual({ kind: 'later', code: 'tls-untrusted' });
    expect(other.requests).toEqual([]);
  });

  it('rejects with the reason when it is aborted', async () => {
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

describe('an upload of a damaged file', () => {
  it.each([
    ['is missing', async () => join(await folder(), 'none.png')],
    [
      'is shorter',
      async () => {
        const path = join(await folder(), 'short.png');
        await writeFile(path, mapBytes.subarray(0, 1000));
        return path;
      },
    ],
  ])('is hopeless and sends nothing when the file %s', async (_name, path) => {
    const before = server.requests.length;
    const fresh = createHttp({ caFile: server.caFile });
    const outcome = await upload({}, never, fresh, await path());
    expect(outcome).toEqual({ kind: 'hopeless', code: 'map-file-lost' });
    expect(server.requests.length).toBe(before);
  });
});
