import type { Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { codeOf, explain } from '../errors.ts';
import { ConnectionDrop, type Guard, type GuardOptions, guardServer } from './guard.ts';

/** Why a connection without valid HTTPS was closed. */
export type HttpsRefusalCode = 'tls-failed' | 'not-http' | 'too-slow';

export interface HttpsRefusal {
  readonly code: HttpsRefusalCode;
  /** The runtime's error text. */
  readonly detail: string;
  readonly address: string;
}

/** `guardServer` for HTTPS: what TLS or the parser rejects is answered where possible, counted, and closed. */
export function guardHttps(
  server: Server,
  options: GuardOptions & {
    readonly refused: (refusal: HttpsRefusal) => void;
    /** Another listener counts what TLS rejects. */
    readonly hasTlsWatch?: boolean;
  },
): Guard {
  const guard = guardServer(server, options);
  server.on('clientError', (error, stream) => {
    const socket = stream as TLSSocket;
    // The guard has counted what it closes; a peer that disconnects in the middle was not rejected.
    const hasLeft = ['ECONNRESET', 'EPIPE'].includes(codeOf(error)) && guard.isSecure(socket);
    if (error instanceof ConnectionDrop || hasLeft) return void socket.destroy();
    const code = guard.isSecure(socket) ? httpRefusalOf(error) : 'tls-failed';
    if (code === 'tls-failed' && options.hasTlsWatch) return void socket.destroy();
    const detail = codeOf(error) === 'unknown' ? explain(error) : codeOf(error);
    guard.count(code);
    options.refused({ code, detail, address: socket.remoteAddress ?? '' });
    if (code === 'tls-failed' || !socket.writable) return void socket.destroy();
    const status = code === 'too-slow' ? '408 Request Timeout' : statusOf(error);
    socket.write(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    // Ends once that is written. A peer that does not read even this is unproven: a timeout or a newer connection ends
    // it.
    socket.destroySoon();
  });
  return guard;
}

const httpRefusalOf = (error: Error): HttpsRefusalCode =>
  codeOf(error) === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'too-slow' : 'not-http';

const statusOf = (error: Error): string =>
  codeOf(error) === 'HPE_HEADER_OVERFLOW'
    ? '431 Request Header Fields Too Large'
    : '400 Bad Request';
