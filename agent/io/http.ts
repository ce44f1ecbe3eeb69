import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Got } from 'got';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import type { Grant, MapRef } from '../../protocol/schemas/maps.ts';
import type { PutOutcome } from '../events.ts';

/**
 * The robot's HTTPS client. A pre-signed URL is opaque and a bearer secret: it is used as it came, one request per call,
 * no redirect is followed, and it stands in no error and no log.
 */
export interface Http {
  put(path: string, map: MapRef, grant: Grant, signal: AbortSignal): Promise<PutOutcome>;
  get(url: string, bytesMax: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

const stallMs = 30_000;

export function createHttp(options: { caFile: string }): Http {
  let client: Promise<Got> | undefined;
  // Loaded when wanted: most of a robot's life has no HTTP in it, and the library weighs several megabytes.
  const got = () => {
    client ??= prepare(options.caFile);
    return client;
  };
  return {
    async put(path, map, grant, signal) {
      const body = createReadStream(path);
      try {
        const request = await got();
        const answer = await request(grant.url, {
          method: 'PUT',
          body,
          headers: { ...grant.headers, 'content-length': String(map.size) },
          signal,
        });
        return outcomeOf(answer.statusCode, String(answer.body));
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        return { kind: 'later', code: codeOf(error) };
      } finally {
        body.destroy();
      }
    },
    get: (url, bytesMax, signal) => download(got, { url, bytesMax, signal }),
  };
}

async function prepare(caFile: string): Promise<Got> {
  const { default: got } = await import('got');
  return got.extend({
    https: { certificateAuthority: await readFile(caFile, 'utf8') },
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    decompress: false,
    timeout: { connect: 15_000, socket: stallMs, response: stallMs },
  });
}

async function* download(
  got: () => Promise<Got>,
  { url, bytesMax, signal }: { url: string; bytesMax: number; signal: AbortSignal },
): AsyncIterable<Uint8Array> {
  const request = await got();
  const stream = request.stream(url, { signal });
  let bytes = 0;
  let status = 0;
  stream.once('response', (response: { statusCode: number }) => {
    status = response.statusCode;
  });
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      if (status !== 200)
        throw new PilotfishError(`http-${status}`, `the image was refused (${status})`);
      bytes += chunk.byteLength;
      if (bytes > bytesMax)
        throw new PilotfishError('too-large', 'more bytes than the manifest says');
      yield chunk;
    }
    if (status !== 200)
      throw new PilotfishError(`http-${status}`, `the image was refused (${status})`);
  } finally {
    stream.destroy();
  }
}

/**
 * What to do after S3's answer (S3 API reference, "Error responses"). A used or expired grant is renewed, a wrong
 * signature too (once more with another URL), overload waits, and what only another file could mend is given up.
 */
function outcomeOf(status: number, body: string): PutOutcome {
  if (status === 200 || status === 204 || status === 412) return { kind: 'stored' };
  const code = /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(body)?.[1] ?? `http-${status}`;
  if (['BadDigest', 'InvalidDigest', 'EntityTooLarge'].includes(code))
    return { kind: 'hopeless', code };
  if (status === 411 || status === 413 || status === 501) return { kind: 'hopeless', code };
  if (status === 408 || status === 429 || status >= 500) return { kind: 'later', code };
  return { kind: 'renew', code };
}
