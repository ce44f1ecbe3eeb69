import { connect, type Socket } from 'node:net';
import { explain, PilotfishError } from '../../../base/errors.ts';
import { orAborted } from '../board/waits.ts';
import { lineReader } from './lines.ts';

/** Responses contain maps, so they may be long. */
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;

/** The client side of a board's socket. */
export interface LineLink extends AsyncDisposable {
  /** Rejects with the board's error, `unavailable` when it is disconnected, or the signal's reason. */
  readonly call: (op: string, params: object, signal: AbortSignal) => Promise<unknown>;
  readonly onChanged: (listener: () => void) => () => void;
  /** Resolves when the connection has ended, on either side. */
  readonly closed: Promise<void>;
}

/** Connects to a board's socket. Rejects with `unavailable` when there is no board, or with the signal's reason. */
export async function connectLines(path: string, signal: AbortSignal): Promise<LineLink> {
  const socket = connect(path);
  try {
    await orAborted(untilConnected(socket), signal);
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw error;
    throw unavailableError(`${path}: no board answers (${explain(error)})`);
  }
  return linkOver(socket);
}

function linkOver(socket: Socket): LineLink {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const listeners = new Set<() => void>();
  let lastId = 0;
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      for (const { reject } of waiting.values())
        reject(unavailableError('the board has closed the connection'));
      waiting.clear();
      resolve();
    });
  });
  const read = lineReader(ANSWER_BYTES_MAX, (line) => {
    const message = JSON.parse(line) as Message;
    if (message.push !== undefined) for (const listener of listeners) listener();
    const asker = waiting.get(message.id ?? 0);
    if (asker === undefined) return; // The caller has given up.
    waiting.delete(message.id ?? 0);
    const { error } = message;
    if (error === undefined) asker.resolve(message.result);
    else asker.reject(errorOf(error));
  });
  socket.on('data', (chunk: Buffer) => {
    if (!isParsed(() => read(chunk))) socket.destroy();
  });
  socket.on('error', () => socket.destroy());

  return {
    closed,
    call(op, params, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (socket.destroyed)
        return Promise.reject(unavailableError('the board has closed the connection'));
      const id = ++lastId;
      const answer = Promise.withResolvers<unknown>();
      waiting.set(id, answer);
      socket.write(`${JSON.stringify({ id, op, params })}\n`);
      return orAborted(answer.promise, signal).finally(() => waiting.delete(id));
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await closed;
    },
  };
}

interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: unknown;
  readonly push?: string;
}

/** The error for a failure reason of any type: the client gets a code and a message in any case. */
function errorOf(error: unknown): PilotfishError {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  const words = typeof message === 'string' ? message : `not done (${JSON.stringify(error)})`;
  const isCode = typeof code === 'string' && /^[A-Za-z0-9_-]{1,40}$/.test(code);
  return new PilotfishError(isCode ? code : 'unavailable', words.slice(0, 500));
}

/** Whether a line could be parsed: text that is no JSON is not from a board. */
function isParsed(read: () => boolean): boolean {
  try {
    return read();
  } catch {
    return false;
  }
}

function untilConnected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
}

function unavailableError(message: string): PilotfishError<'unavailable'> {
  return new PilotfishError('unavailable', message);
}
