import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Got } from 'got';
import { PilotfishError } from '../../base/errors.ts';
import type { Grant, MapRef } from '../../protocol/schemas/maps.ts';
import type { PutOutcome } from '../events.ts';
import { readCa } from './ca.ts';
import { statusCode as codeOfStatus, transferCode, urlFault } from './http-codes.ts';

/**
 * The robot's HTTPS client. A pre-signed URL is opaque and a bearer secret: it is used as it came, one request per call,
 * no redirect is followed, and it stands in no error and no log.
 */
export interface Http {
  put(path: string, map: MapRef, grant: Grant, signal: AbortSignal): Promise<PutOutcome>;
  get(url: string, bytesMax: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

const stallMsDefault = 30_000;
/** Who gives a byte now and then is cut off all the same. */
const transferMsMax = 3_600_000;
/** An answer to a PUT is an error document at most. */
const answerBytesMax = 64 * 1024;

/** `stallMs`: how long a transfer may stand still. */
export function createHttp(options: { caFile: string; stallMs?: number }): Http {
  let client: Promise<Got> | undefined;
  // Loaded when wanted: most of a robot's life has no HTTP in it, and the library weighs several megabytes.
  const got = () => {
    client ??= prepare(options.caFile, options.stallMs ?? stallMsDefault);
    return client;
  };
  return {
    async put(path, map, grant, signal) {
      const fault = urlFault(grant.url);
      if (fault !== undefined) return { kind: 'renew', code: fault };
      const request = await got();
      if ((await sizeOf(path)) !== map.size) return { kind: 'hopeless', code: 'map-file-lost' };
      const body = createReadStream(path);
      const tooLong = new AbortController();
      try {
        const answer = request(grant.url, {
          method: 'PUT',
          body,
          headers: { ...granted(grant), 'content-length': String(map.size) },
          signal: AbortSignal.any([signal, tooLong.signal]),
        });
        void answer.on('downloadProgress', ({ transferred }) => {
          if (transferred > answerBytesMax) tooLong.abort();
        });
        const { statusCode, body: text } = await answer;
        return outcomeOf(statusCode, String(text));
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        return {
          kind: 'later',
          code: tooLong.signal.aborted ? 'answer-too-long' : transferCode(error),
        };
      } finally {
        body.destroy();
      }
    },
    get: (url, bytesMax, signal) => download(got, { url, bytesMax, signal }),
  };
}

async function prepare(caFile: string, stallMs: number): Promise<Got> {
  const { default: got } = await import('got');
  return got.extend({
    https: { certificateAuthority: await readCa(caFile) },
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    decompress: false,
    timeout: { connect: 15_000, socket: stallMs, response: stallMs, request: transferMsMax },
  });
}

/** The headers to send, without those that say where the request goes and how long it is: these are ours. */
const granted = ({ headers }: Grant): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !framing.includes(name.toLowerCase())),
  );
const framing = ['host', 'connection', 'content-length', 'transfer-encoding'];

/** Undefined when there is no such file. */
const sizeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ size }) => size,
    () => undefined,
  );

async function* download(
  got: () => Promise<Got>,
  { url, bytesMax, signal }: { url: string; bytesMax: number; signal: AbortSignal },
): AsyncIterable<Uint8Array> {
  // Whoever can write a URL into a message must not be able to make the robot speak in the clear.
  const fault = urlFault(url);
  if (fault !== undefined) throw new PilotfishError(fault, 'the image has no HTTPS URL');
  const request = await got();
  const stream = request.stream(url, { signal });
  let bytes = 0;
  let status = 0;
  stream.once('response', (response: { statusCode: number }) => {
    status = response.statusCode;
  });
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      if (status !== 200) throw refused(status);
      bytes += chunk.byteLength;
      if (bytes > bytesMax)
        throw new PilotfishError('wrong-length', 'more bytes than the manifest says');
      yield chunk;
    }
    if (status !== 200) throw refused(status);
  } catch (error) {
    if (signal.aborted || error instanceof PilotfishError) throw error;
    throw new PilotfishError(transferCode(error), 'the image did not come', { cause: error });
  } finally {
    stream.destroy();
  }
}

const refused = (status: number): PilotfishError =>
  new PilotfishError(codeOfStatus(status), `the image was refused (${status})`);

/**
 * What to do after S3's answer (S3 API reference, "Error responses"). A used or expired grant is renewed, a wrong
 * signature too (once more with another URL), overload waits, and what only another file could mend is given up.
 */
function outcomeOf(status: number, body: string): PutOutcome {
  if (status === 200 || status === 204 || status === 412) return { kind: 'stored' };
  const code = /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(body)?.[1] ?? codeOfStatus(status);
  if (['BadDigest', 'InvalidDigest', 'EntityTooLarge'].includes(code))
    return { kind: 'hopeless', code };
  if (status === 411 || status === 413 || status === 501) return { kind: 'hopeless', code };
  if (code === 'RequestTimeout' || status === 408 || status === 429 || status >= 500) {
    return { kind: 'later', code };
  }
  return { kind: 'renew', code };
}
