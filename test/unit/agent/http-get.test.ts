import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttp } from '../../../agent/io/http.ts';
import type { Http } from '../../../agent/ports.ts';
import { startHttps, type TestHttps } from '../../support/agent-https.ts';
import { until } from '../../support/cloud-until.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();
const image = randomBytes(700_000);
const never = new AbortController().signal;
let server: TestHttps;
let http: Http;
beforeAll(async () => {
  server = await startHttps(await folder());
  http = createHttp({ caFile: server.caFile, stallMs: 2000 });
});
afterAll(() => server[Symbol.asyncDispose]());

const giving = (answer: (response: ServerResponse) => void) => {
  server.handle = (_request, response) => {
    response.on('error', () => {});
    answer(response);
  };
};

/** The whole image, or the code of what went wrong, and how much came before it. */
async function get(bytesMax = image.byteLength, signal = never, url = `${server.origin}/i?secret`) {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of http.get(url, bytesMax, signal)) chunks.push(chunk);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    expect(message).not.toContain('secret');
    return { code, bytes: Buffer.concat(chunks).byteLength };
  }
  return Buffer.concat(chunks);
}

describe('a download', () => {
  it('returns the bytes with one request', async () => {
    giving((response) => response.end(image));
    const before = server.requests.length;
    expect(image.equals((await get()) as Buffer)).toBe(true);
    const [request, ...more] = server.requests.slice(before);
    expect(more).toEqual([]);
    expect(request).toMatchObject({ method: 'GET', url: '/i?secret' });
    expect(request?.headers['accept-encoding']).toBeUndefined();
  });

  it('returns compressed bytes unchanged', async () => {
    giving((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip'));
    expect(await get()).toEqual(Buffer.from('not gzip'));
  });

  it.each([403, 404, 410, 500, 503, 204, 206])(
    'fails with its status as the code: %i',
    async (status) => {
      giving((response) => response.writeHead(status).end(status === 204 ? '' : 'because'));
      expect(await get()).toEqual({ code: `http-${status}`, bytes: 0 });
    },
  );

  it.each([
    ['http://localhost/x', 'not-https'],
    ['file:///etc/passwd', 'not-https'],
    ['text', 'not-a-url'],
  ])('rejects the URL %j', async (url, code) => {
    expect(await get(10, never, url)).toEqual({ code, bytes: 0 });
  });

  it.each([301, 302, 307])('does not follow a redirect (%i)', async (status) => {
    giving((response) => response.writeHead(status, { location: '/elsewhere' }).end());
    const before = server.requests.length;
    expect(await get()).toEqual({ code: 'redirect', bytes: 0 });
    expect(server.requests.length).toBe(before + 1);
  });
});

describe('a failed download', () => {
  it('is cut when it is longer than announced, and its connection closed', async () => {
    let sent = 0;
    giving((response) => {
      const more = () => {
        if (response.destroyed) return;
        sent += 65_536;
        if (response.write(Buffer.alloc(65_536))) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    const outcome = await get(100_000);
    expect(outcome).toMatchObject({ code: 'wrong-length' });
    expect((outcome as { bytes: number }).bytes).toBeLessThanOrEqual(100_000);
    await until(() => server.connections() === 0);
    expect(sent).toBeLessThan(50_000_000);
  });

  it('is cut when it is one byte longer', async () => {
    giving((response) => response.end(image));
    expect(await get(image.byteLength - 1)).toMatchObject({ code: 'wrong-length' });
  });

  it.each<readonly [string, (response: ServerResponse) => void, RegExp]>([
    [
      'shorter than its header says',
      (response) => {
        response.writeHead(200, { 'content-length': '700000' }).write(image.subarray(0, 1000));
        setImmediate(() => response.destroy());
      },
      /^(connection-lost|wrong-length)$/,
    ],
    [
      'cut off in the middle',
      (response) => {
        response.write(image.subarray(0, 1000));
        setImmediate(() => response.socket?.destroy());
      },
      /^connection-lost$/,
    ],
    ['without an answer', () => {}, /^timeout$/],
    ['that stalls', (response) => void response.write(image.subarray(0, 1000)), /^timeout$/],
  ])('has a code when it is %s', async (_name, answer, code) => {
    giving(answer);
    expect(await get()).toMatchObject({ code: expect.stringMatching(code) });
    await until(() => server.connections() === 0);
  });

  it('sends nothing to a server of another CA', async () => {
    await using other = await startHttps(await folder());
    const outcome = await get(10, never, `${other.origin}/i?secret`);
    expect(outcome).toMatchObject({ code: 'tls-untrusted' });
    expect(other.requests).toEqual([]);
  });

  it('sends nothing to a server with another name', async () => {
    const before = server.requests.length;
    const outcome = await get(10, never, server.origin.replace('localhost', '127.0.0.1'));
    expect(outcome).toMatchObject({
      code: expect.stringMatching(/^(tls-name|connection-refused)$/),
    });
    expect(server.requests.length).toBe(before);
  });

  it('ends with its connection when it is aborted', async () => {
    giving((response) => void response.write(image.subarray(0, 1000)));
    const stop = new AbortController();
    const outcome = get(image.byteLength, stop.signal);
    await until(() => server.connections() > 0);
    stop.abort();
    expect(await outcome).toMatchObject({ code: expect.anything() });
    await until(() => server.connections() === 0);
  });

  it('ends with its connection when nobody reads on', async () => {
    giving((response) => void response.write(image));
    for await (const _chunk of http.get(`${server.origin}/i`, 1e6, never)) break;
    await until(() => server.connections() === 0);
  });
});
