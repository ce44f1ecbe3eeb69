import { chmodSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { codeOf, explain, PilotfishError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { Handle } from '../board/calls.ts';
import { lineReader } from './lines.ts';

const REQUEST_BYTES_MAX = 1024 * 1024;
const IN_FLIGHT_MAX = 64;
const CONNECTIONS_MAX = 32;
/** A peer with this much unread output does not read any more. */
const BACKLOG_BYTES_MAX = 64 * 1024 * 1024;
/** The kernel's limit for a Unix socket's path, without the closing zero. */
const PATH_BYTES_MAX = 107;

export interface ServerOptions {
  readonly path: string;
  readonly handle: Handle;
  /** Subscribes to changes, which are pushed to every connection as `changed`. */
  readonly onChanged?: (listener: () => void) => () => void;
  readonly log: Log;
}

/**
 * Serves requests on a Unix socket (mode 0600). One line each way, in JSON: `{"id":1,"op":"system.info","params":{}}`,
 * `{"id":1,"result":...}` or `{"id":1,"error":{"code","message"}}`, and unrequested `{"push":"changed"}`.
 *
 * A line that is no request closes its connection; nothing that a peer sends stops the server. Throws
 * `config-socket-path` when the path is too long, `board-in-use` when a running board responds there; the socket of a
 * stopped one is replaced.
 */
export async function serveLines(options: ServerOptions): Promise<AsyncDisposable> {
  const { path, onChanged } = options;
  await takeSocketPath(path);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveConnection(socket, options);
  });
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, path);
  const unsubscribe = onChanged?.(() => {
    // A push that still waits to be read has the same meaning.
    for (const socket of sockets)
      if (socket.writableLength === 0) send(socket, { push: 'changed' });
  });
  return {
    async [Symbol.asyncDispose]() {
      unsubscribe?.();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function serveConnection(socket: Socket, { handle, log }: ServerOptions): void {
  let inFlight = 0;
  const close = (why: string) => {
    log.warn({ code: 'board-protocol' }, `connection closed: ${why}`);
    socket.destroy();
  };
  const answer = async (request: Request) => {
    inFlight += 1;
    try {
      send(socket, { id: request.id, result: await handle(request.op, request.params) });
    } catch (error) {
      if (!(error instanceof PilotfishError)) log.error({ op: request.op }, explain(error));
      const code = error instanceof PilotfishError ? codeOf(error) : 'unavailable';
      send(socket, { id: request.id, error: { code, message: explain(error) } });
    }
    inFlight -= 1;
  };
  const read = lineReader(REQUEST_BYTES_MAX, (line) => {
    if (socket.destroyed) return;
    const request = parseRequest(line);
    if (request === undefined) close('not a request');
    else if (inFlight >= IN_FLIGHT_MAX) close('too many requests at once');
    else void answer(request);
  });
  socket.on('data', (chunk: Buffer) => {
    if (!read(chunk)) close('line too long');
  });
  socket.on('error', () => socket.destroy());
}

interface Request {
  readonly id: number;
  readonly op: string;
  readonly params: unknown;
}

function parseRequest(line: string): Request | undefined {
  try {
    const { id, op, params } = JSON.parse(line);
    return Number.isSafeInteger(id) && typeof op === 'string' ? { id, op, params } : undefined;
  } catch {
    return undefined;
  }
}

function send(socket: Socket, message: object): void {
  if (socket.destroyed) return;
  socket.write(`${JSON.stringify(message)}\n`);
  if (socket.writableLength > BACKLOG_BYTES_MAX) socket.destroy();
}

/** Throws `config-socket-path` when the path is too long for a socket. */
export function checkSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes <= PATH_BYTES_MAX) return;
  throw new PilotfishError(
    'config-socket-path',
    `${path}: ${bytes} bytes, but a socket's path has at most ${PATH_BYTES_MAX}`,
    { hint: 'choose a folder with a shorter path' },
  );
}

async function takeSocketPath(path: string): Promise<void> {
  checkSocketPath(path);
  if (await isServing(path)) {
    throw new PilotfishError('board-in-use', `${path}: a board is running in this folder`, {
      hint: 'stop it first, or choose another --dir',
    });
  }
  await rm(path, { force: true });
}

/** Whether a running server accepts connections on a Unix socket. */
export function isServing(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve();
    });
  });
}
