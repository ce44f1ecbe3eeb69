import { describe, expect, it } from 'vitest';
import type { Http } from '../../agent/ports.ts';

/** A request as the server received it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
}

/** How a server answers each request: `broken` ends the connection, `silent` never answers. */
export type Answering =
  | { readonly status: number; readonly body?: Uint8Array }
  | 'broken'
  | 'silent';

export interface HttpSubject extends AsyncDisposable {
  readonly http: Http;
  readonly origin: string;
  readonly requests: readonly SeenRequest[];
  answer: Answering;
}

const never = new AbortController().signal;
const bytes = new Uint8Array(5000).fill(7);

async function* inParts(): AsyncIterable<Uint8Array> {
  yield bytes.subarray(0, 2000);
  yield bytes.subarray(2000);
}

/** What the adapters of maps and firmware expect of HTTP, whatever the transport. */
export function httpContract(name: string, open: () => Promise<HttpSubject>): void {
  describe(`HTTP contract: ${name}`, () => {
    const put = ({ http, origin }: HttpSubject, url = `${origin}/objects/a%2Fb?x=1%2B2`) =>
      http.put({ url, headers: { 'x-given': 'yes' }, size: bytes.length, body: inParts() }, never);
    const get = async (
      { http, origin }: HttpSubject,
      { url = `${origin}/image?x=1`, bytesMax = bytes.length, signal = never } = {},
    ): Promise<Uint8Array> => {
      const parts: Uint8Array[] = [];
      for await (const part of http.get(url, bytesMax, signal)) parts.push(part);
      return Buffer.concat(parts);
    };

    it('puts exactly the given bytes to exactly the given URL, with its headers and the length', async () => {
      await using subject = await open();
      expect(await put(subject)).toMatchObject({ status: 200 });
      const [requests, ...more] = subject.requests;
      expect(more).toEqual([]);
      expect(requests).toMatchObject({ method: 'PUT', url: '/objects/a%2Fb?x=1%2B2' });
      expect(requests?.headers).toMatchObject({ 'x-given': 'yes', 'content-length': '5000' });
      expect(Buffer.from(requests?.body ?? []).equals(bytes)).toBe(true);
    });

    it.each([204, 302, 403, 412, 500, 503])('returns the status %i of a PUT', async (status) => {
      await using subject = await open();
      subject.answer = { status };
      expect(await put(subject)).toMatchObject({ status });
    });

    it('gets the bytes of a response', async () => {
      await using subject = await open();
      subject.answer = { status: 200, body: bytes };
      expect(Buffer.from(await get(subject)).equals(bytes)).toBe(true);
      expect(subject.requests).toMatchObject([{ method: 'GET', url: '/image?x=1' }]);
    });

    it('gets no more bytes than expected', async () => {
      await using subject = await open();
      subject.answer = { status: 200, body: bytes };
      const short = get(subject, { bytesMax: bytes.length - 1 });
      await expect(short).rejects.toMatchObject({ code: 'wrong-length' });
    });

    it.each([
      [404, 'http-404'],
      [503, 'http-503'],
      [302, 'redirect'],
    ])('rejects a GET whose response is %i, with the code %s', async (status, code) => {
      await using subject = await open();
      subject.answer = { status };
      await expect(get(subject)).rejects.toMatchObject({ code });
    });

    it('rejects PUT and GET when the connection breaks', async () => {
      await using subject = await open();
      subject.answer = 'broken';
      await expect(put(subject)).rejects.toMatchObject({ code: 'connection-lost' });
      await expect(get(subject)).rejects.toMatchObject({ code: 'connection-lost' });
    });

    it.each([
      ['http://localhost/x', 'not-https'],
      ['text', 'not-a-url'],
    ])('rejects PUT and GET to %j with the code %s, and sends no request', async (url, code) => {
      await using subject = await open();
      await expect(put(subject, url)).rejects.toMatchObject({ code });
      await expect(get(subject, { url })).rejects.toMatchObject({ code });
      expect(subject.requests).toEqual([]);
    });

    it('rejects a PUT with the abort reason when its signal is aborted', async () => {
      await using subject = await open();
      subject.answer = 'silent';
      const stop = new AbortController();
      const { http, origin } = subject;
      const request = { url: `${origin}/x`, headers: {}, size: bytes.length, body: inParts() };
      const ended = http.put(request, stop.signal);
      const reason = new Error('enough');
      stop.abort(reason);
      await expect(ended).rejects.toBe(reason);
    });

    it('rejects a GET when its signal is aborted', async () => {
      await using subject = await open();
      subject.answer = 'silent';
      const stop = new AbortController();
      const ended = get(subject, { signal: stop.signal });
      stop.abort();
      await expect(ended).rejects.toThrow();
    });
  });
}
