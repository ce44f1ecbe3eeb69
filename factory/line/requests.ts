import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Answer } from './answers.ts';

/** Reads requests and writes answers, with bounds. */

/** A request is a serial and a CSR of at most 8 KB, its line ends escaped. */
export const bodyBytesMax = 16 * 1024;

/** The body, or undefined when it is too long; then the rest is not read. Rejects when the caller disconnects. */
export function readBody(request: IncomingMessage): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  if (Number(request.headers['content-length'] ?? 0) > bodyBytesMax)
    return Promise.resolve(undefined);
  const parts: Buffer[] = [];
  let length = 0;
  const take = (part: Buffer) => {
    length += part.length;
    if (length <= bodyBytesMax) return void parts.push(part);
    // For a body without a length header. Leaving a loop over the request would close the connection before the answer.
    request.off('data', take).pause();
    resolve(undefined);
  };
  request.on('data', take);
  request.once('end', () => resolve(Buffer.concat(parts).toString('utf8')));
  request.once('error', reject);
  return promise;
}

/** Writes an answer as JSON; if part of the request is unread, the connection closes. */
export function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  const text = `${JSON.stringify(answer.body)}\n`;
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(answer.status === 503 ? { 'retry-after': '5' } : {}),
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(text);
}

/** The caller's certificate, which the handshake has verified. */
export const callerOf = (request: IncomingMessage) =>
  (request.socket as TLSSocket).getPeerX509Certificate();
