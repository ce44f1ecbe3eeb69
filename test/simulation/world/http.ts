import { statusCode, urlFault } from '../../../agent/io/http-codes.ts';
import type { Http } from '../../../agent/ports.ts';
import { PilotfishError } from '../../../base/errors.ts';

export interface HttpAnswer {
  readonly status: number;
  /** The code in S3's error document. */
  readonly code?: string;
  readonly body?: Uint8Array;
}

export interface HttpRequest {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** The responding side. Undefined: the connection broke. */
export type HttpServer = (
  request: HttpRequest,
  signal: AbortSignal,
) => Promise<HttpAnswer | undefined>;

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

/** The agent's HTTP without sockets. */
export function worldHttp(server: HttpServer): Http {
  const ask = async (request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> => {
    const fault = urlFault(request.url);
    if (fault !== undefined) throw new PilotfishError(fault, 'no HTTPS URL');
    const answer = await server(request, signal);
    signal.throwIfAborted();
    if (answer === undefined) throw new PilotfishError('connection-lost', 'the connection broke');
    return answer;
  };
  return {
    async put({ url, headers, size, body }, signal) {
      const bytes = await bytesOf(body);
      const length = { 'content-length': `${size}` };
      const request = { url, headers: { ...headers, ...length }, body: bytes };
      const { status, code } = await ask({ method: 'PUT', ...request }, signal);
      return { status, text: code === undefined ? '' : `<Error><Code>${code}</Code></Error>` };
    },
    async *get(url, bytesMax, signal) {
      const { status, body } = await ask({ method: 'GET', url, headers: {} }, signal);
      if (status !== 200) throw new PilotfishError(statusCode(status), 'the download was refused');
      const bytes = body ?? new Uint8Array();
      if (bytes.byteLength > bytesMax) throw new PilotfishError('wrong-length', 'more bytes');
      yield bytes;
    },
  };
}
