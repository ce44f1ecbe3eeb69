import { Agent } from 'node:https';
import { Readable } from 'node:stream';
import type { Got } from 'got';
import { PilotfishError } from '../../base/errors.ts';
import type { Http, PutRequest } from '../ports.ts';
import { readCa } from './ca.ts';
import { statusCode as codeOfStatus, transferCode, urlFault } from './http-codes.ts';

const stallMsDefault = 30_000;
/** A server that sends a byte now and then is cut off all the same. */
const transferMsMax = 3_600_000;
/** An answer to a PUT is an error document at most. */
const answerBytesMax = 64 * 1024;

/** The robot's HTTPS client. `stallMs`: how long a transfer may make no progress. */
export function createHttp(options: { caFile: string; stallMs?: number }): Http {
  let client: Promise<Got> | undefined;
  // Loaded on demand: most runs use no HTTP, and the library takes several megabytes.
  const got = () => {
    client ??= createClient(options.caFile, options.stallMs ?? stallMsDefault).catch((error) => {
      // A failed load may succeed the next time.
      client = undefined;
      throw error;
    });
    return client;
  };
  return {
    put: (request, signal) => upload(got, request, signal),
    get: (url, bytesMax, signal) => download(got, { url, bytesMax, signal }),
  };
}

async function createClient(caFile: string, stallMs: number): Promise<Got> {
  const { default: got } = await import('got');
  return got.extend({
    https: { certificateAuthority: await readCa(caFile) },
    // A transfer a few times a day: the server would close a connection that is kept, perhaps during the next request.
    agent: { https: new Agent({ keepAlive: false }) },
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    decompress: false,
    timeout: { connect: 15_000, socket: stallMs, response: stallMs, request: transferMsMax },
  });
}

async function upload(
  got: () => Promise<Got>,
  { url, headers, size, body }: PutRequest,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  checkUrl(url);
  const request = await got();
  const stream = Readable.from(body, { objectMode: false });
  const tooLong = new AbortController();
  try {
    const answer = request(url, {
      method: 'PUT',
      body: stream,
      headers: { ...headers, 'content-length': String(size) },
      signal: AbortSignal.any([signal, tooLong.signal]),
    });
    void answer.on('downloadProgress', ({ transferred }) => {
      if (transferred > answerBytesMax) tooLong.abort();
    });
    const { statusCode: status, body: text } = await answer;
    return { status, text: String(text) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const code = tooLong.signal.aborted ? 'answer-too-long' : transferCode(error);
    throw new PilotfishError(code, 'the file was not sent', { cause: error });
  } finally {
    stream.destroy();
  }
}

async function* download(
  got: () => Promise<Got>,
  { url, bytesMax, signal }: { url: string; bytesMax: number; signal: AbortSignal },
): AsyncIterable<Uint8Array> {
  checkUrl(url);
  const request = await got();
  const stream = request.stream(url, { signal });
  let bytes = 0;
  let status = 0;
  stream.once('response', (response: { statusCode: number }) => {
    status = response.statusCode;
  });
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      if (status !== 200) throw statusError(status);
      bytes += chunk.byteLength;
      if (bytes > bytesMax) throw tooLongError(bytesMax);
      yield chunk;
    }
    if (status !== 200) throw statusError(status);
  } catch (error) {
    if (signal.aborted || error instanceof PilotfishError) throw error;
    throw new PilotfishError(transferCode(error), 'the file did not come', { cause: error });
  } finally {
    stream.destroy();
  }
}

/** Whoever can write a URL into a message must not be able to make the robot use plain HTTP. */
function checkUrl(url: string): void {
  const fault = urlFault(url);
  if (fault !== undefined) throw new PilotfishError(fault, 'the transfer has no HTTPS URL');
}

const statusError = (status: number): PilotfishError =>
  new PilotfishError(codeOfStatus(status), `the download was refused (${status})`);

const tooLongError = (bytesMax: number): PilotfishError =>
  new PilotfishError('wrong-length', `more than the ${bytesMax} bytes that were expected`);
