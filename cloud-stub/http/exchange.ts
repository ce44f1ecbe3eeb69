import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits } from '../../protocol/limits.ts';
import type { SignedRequest } from '../presign.ts';
import { type S3Error, s3Xml } from '../s3-errors.ts';

/** One HTTP request and its answer, with the little that all routes need. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly signed: SignedRequest;
  /** The raw path, still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly requestId: string;
}

export function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
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
  };
}

/** A stranger's text for the log. */
export const shortened = (text: string): string => text.slice(0, 200);

/** The whole body, or undefined when it is longer than `bytesMax`. */
export async function readBody(
  request: IncomingMessage,
  bytesMax: number,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function sendJson({ response, requestId }: Exchange, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': requestId,
  });
  response.end(text);
}

/** An error as AWS's JSON services send it (`restJson1`): the name in a header, the message in the body. */
export function sendFault(
  exchange: Exchange,
  { status, name, message }: { status: number; name: string; message: string },
): void {
  exchange.response.setHeader('x-amzn-errortype', name);
  sendJson(exchange, status, { message });
}

/** An error as S3 sends it. */
export function sendS3Error(exchange: Exchange, error: S3Error): void {
  const { request, response, requestId } = exchange;
  const text = request.method === 'HEAD' ? '' : s3Xml(error, requestId);
  settleBody(exchange);
  response.writeHead(error.status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(text),
    'x-amz-request-id': requestId,
  });
  response.end(text);
}

/**
 * What happens to a body that nobody reads. It is swallowed when it is small enough, because a client that is still
 * sending would lose the answer with the connection; else the connection ends after the answer.
 */
function settleBody({ request, response, signed }: Exchange): void {
  const announced = Number(signed.headers['content-length'] ?? 0);
  const swallow = signed.headers['expect'] === undefined && announced <= limits.mapBytesMax;
  if (swallow) request.resume();
  else response.setHeader('connection', 'close');
}
