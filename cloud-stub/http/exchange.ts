import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits } from '../../protocol/limits.ts';
import type { SignedRequest } from '../presign.ts';
import { hostId, type S3Error, s3Xml } from '../s3-errors.ts';
import type { Reply } from './routes.ts';

/** One HTTP request and its answer, with the parts that all routes need. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly signed: SignedRequest;
  /** The raw path, still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly requestId: string;
  /** The body of an error has the request's id, as from AWS's data endpoint. */
  readonly isTraced: boolean;
  /** Marks the caller as authenticated; returns false when too many such requests, or of this owner, are in progress. */
  readonly prove: (owner?: string) => boolean;
}

export function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  { requestId, isTraced, prove }: Pick<Exchange, 'requestId' | 'isTraced' | 'prove'>,
): Exchange {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : (value ?? ''),
    ]),
  );
  return {
    request,
    response,
    signed: { method: request.method ?? 'GET', target, headers },
    path,
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    requestId,
    isTraced,
    prove,
  };
}

/** Text from an untrusted client, shortened for the log. */
export const shortenForLog = (text: string): string => text.slice(0, 200);

/**
 * The whole body, or undefined when it is longer than `bytesMax` or the signal aborts. Then the rest is left to the
 * caller that answers, and nothing is kept. Rejects when the client disconnects.
 */
export function readBody(
  request: IncomingMessage,
  bytesMax: number,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  let chunks: Buffer[] = [];
  let bytes = 0;
  const take = (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) stop();
    else chunks.push(chunk);
  };
  const stop = () => {
    request.off('data', take);
    chunks = [];
    resolve(undefined);
  };
  signal.addEventListener('abort', stop, { once: true });
  request.on('data', take);
  request.once('end', () => resolve(Buffer.concat(chunks)));
  request.once('error', reject);
  return promise;
}

export function sendJson(exchange: Exchange, status: number, body: unknown): void {
  const { response, requestId } = exchange;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': requestId,
  });
  endWith(exchange, text);
}

/** An error as AWS's JSON services send it (`restJson1`): the name in a header, the message in the body. */
export function sendFault(
  exchange: Exchange,
  { status, name, message }: { status: number; name: string; message: string },
): void {
  settleBody(exchange);
  const { response, requestId, isTraced } = exchange;
  response.setHeader('x-amzn-errortype', name);
  sendJson(exchange, status, { message, ...(isTraced ? { traceId: requestId } : {}) });
}

/** The reply of a route. */
export function sendReply(exchange: Exchange, reply: Reply): void {
  if (!('fault' in reply)) return sendJson(exchange, reply.status, reply.body);
  sendFault(exchange, { status: reply.status, name: reply.fault, message: reply.message });
}

export const busy = {
  status: 503,
  name: 'ServiceUnavailableException',
  message: 'Too many requests at once. Try again.',
};

export const tooLarge = (bytesMax: number) => ({
  status: 413,
  name: 'RequestEntityTooLargeException',
  message: `The body is longer than ${bytesMax} bytes`,
});

/** An error as S3 sends it. */
export function sendS3Error(exchange: Exchange, error: S3Error): void {
  const { request, response, requestId } = exchange;
  const text = request.method === 'HEAD' ? '' : s3Xml(error, requestId);
  settleBody(exchange);
  response.writeHead(error.status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(text),
    'x-amz-request-id': requestId,
    'x-amz-id-2': hostId,
  });
  endWith(exchange, text);
}

/**
 * Sends the answer at once but ends it only after the request body: at its end the runtime may close the connection.
 */
function endWith({ request, response }: Exchange, text: string): void {
  const isSwallowing = !request.complete && request.readableFlowing === true;
  if (!isSwallowing) return void response.end(text);
  if (text === '') response.flushHeaders();
  else response.write(text);
  request.once('end', () => response.end());
}

/**
 * Handles a body that nobody reads. A small one is read and discarded, because a client that is still sending would
 * lose the answer if the connection closed. For a large one, the connection closes after the answer.
 */
function settleBody({ request, response, signed }: Exchange): void {
  const { headers } = signed;
  const announced = Number(headers['content-length'] ?? 0);
  const isBounded = headers['transfer-encoding'] === undefined && announced <= limits.mapBytesMax;
  if (request.complete) return;
  if (isBounded && headers['expect'] === undefined) request.resume();
  else response.setHeader('connection', 'close');
}
