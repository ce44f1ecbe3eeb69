import { mkdirSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import { check } from '../../protocol/codec.ts';
import {
  type Refusal,
  type Reply,
  type RequestHandler,
  refuseRequest,
} from '../../protocol/requests.ts';
import type { Json } from '../kernel/machine.ts';

/**
 * The local API: one socket on this machine, a JSON line in, a JSON line out. Binding it is also the lock that prevents
 * a second agent of the same robot. `protocol/requests.ts` defines the methods and the codes of rejections.
 *
 *     { "v": 1, "method": "renew", "params": { "rotateKey": true } }
 *     { "ok": true, "result": ... }    { "ok": false, "code": "renewal-off", "message": "...", "hint": "..." }
 */
export interface LocalApi extends AsyncDisposable {
  readonly path: string;
}

const lineBytesMax = 64 * 1024;
const backlogBytesMax = 256 * 1024;
const clientsMax = 16;
const lockMsMax = 2000;
const lockPollMs = 50;
/** A key in a token may take ten seconds to fail. */
const answerMsMax = 15_000;
const idleMsMax = 20_000;

type Params = Readonly<Record<string, unknown>>;

/** Opens the local socket. Throws `already-running`, `config-path`. */
export async function openLocalApi(path: string, request: RequestHandler): Promise<LocalApi> {
  if (Buffer.byteLength(path) > 107) {
    throw new PilotfishError('config-path', `${path} is too long for a socket (107 bytes)`, {
      hint: 'choose a shorter dataDir',
    });
  }
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    clients.add(socket);
    socket.once('close', () => clients.delete(socket));
    serveClient(socket, request);
  });
  server.maxConnections = clientsMax;
  await listenAlone(server, path);
  return {
    path,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}

/** Sends a request to the agent. Throws `not-running`, or the code of the agent's rejection. */
export function callLocalApi(path: string, method: string, params: Params = {}): Promise<Json> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const fail = (cause?: unknown) => {
      const hint = 'the board starts the agent (sim-board run), and its log says why it ends';
      reject(new PilotfishError('not-running', `no agent answers at ${path}`, { cause, hint }));
    };
    socket.setTimeout(answerMsMax, () =>
      socket.destroy(new Error(`no answer in ${answerMsMax / 1000} s`)),
    );
    socket.once('error', fail);
    socket.once('close', () => fail());
    socket.once('connect', () => socket.write(`${JSON.stringify({ v: 1, method, params })}\n`));
    const lines = createInterface({ input: socket });
    // It forwards the socket's errors, and an unhandled one would end the process.
    lines.on('error', fail);
    lines.once('line', (line) => {
      socket.destroy();
      const answer = readAnswer(line);
      if (answer === undefined) return fail();
      if (answer.ok) resolve(answer.result as Json);
      else reject(rejection(method, answer));
    });
  });
}

const rejection = (method: string, { code, message, hint }: Refusal) =>
  new PilotfishError(code, message ?? `the running agent does not take "${method}"`, {
    ...(hint !== undefined && { hint }),
  });

async function listenAlone(server: Server, path: string): Promise<void> {
  if (await listen(server, path)) return;
  while ((await probeSocket(path)) !== 'alive') {
    if (await takeOver(server, path)) return;
    // Another agent takes the lock now, or was killed while it held it. Wait for it: an agent that exits here is
    // restarted later still.
    await sleep(lockPollMs);
  }
  throw new PilotfishError('already-running', `an agent is running already (${path} answers)`);
}

/**
 * Replaces the socket that a killed agent left behind. Only one agent may do that at a time: of two that start at once,
 * the slower one must not remove the socket that the faster one has just bound.
 */
async function takeOver(server: Server, path: string): Promise<boolean> {
  const lock = `${path}.lock`;
  if (!takeLock(lock)) return false;
  try {
    const seen = await probeSocket(path);
    if (seen === 'alive') return false;
    if (seen === 'dead') rmSync(path, { force: true });
    return await listen(server, path);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** A lock is held for some milliseconds; an old one (by any clock) belonged to an agent that was killed. */
function takeLock(lock: string): boolean {
  try {
    const { mtimeMs } = statSync(lock);
    if (Math.abs(Date.now() - mtimeMs) > lockMsMax) rmSync(lock, { recursive: true, force: true });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** False when the name is taken: by a running agent, or by the remains of a killed one. */
function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) =>
      codeOf(error) === 'EADDRINUSE' ? resolve(false) : reject(error);
    server.once('error', failed);
    server.listen({ path, readableAll: false, writableAll: false }, () => {
      server.off('error', failed);
      resolve(true);
    });
  });
}

/** Only a refused connection shows that no agent is there; a forbidden one shows nothing. */
function probeSocket(path: string): Promise<'alive' | 'dead' | 'gone'> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve('alive');
    });
    socket.once('error', (error) => {
      const code = codeOf(error);
      if (code === 'ENOENT') resolve('gone');
      else resolve(code === 'ECONNREFUSED' ? 'dead' : 'alive');
    });
  });
}

function serveClient(socket: Socket, request: RequestHandler): void {
  let pending = '';
  socket.setTimeout(idleMsMax, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    pending += chunk.toString('utf8');
    if (pending.length > lineBytesMax) return socket.destroy();
    const lines = pending.split('\n');
    pending = lines.pop() ?? '';
    // No more input is read until this is answered: requests do not pile up.
    socket.pause();
    void answerLines(socket, lines, request).then(() => socket.resume());
  });
}

async function answerLines(
  socket: Socket,
  lines: string[],
  request: RequestHandler,
): Promise<void> {
  for (const line of lines) {
    const text = JSON.stringify(await answerLine(line, request));
    // A client that sends but does not read must not fill our memory.
    if (socket.writableLength > backlogBytesMax) socket.destroy();
    if (socket.destroyed) return;
    socket.write(`${text}\n`);
  }
}

async function answerLine(line: string, request: RequestHandler): Promise<Reply> {
  let given: unknown;
  try {
    given = JSON.parse(line);
  } catch {
    return refuseRequest('bad-request', 'the line is not JSON');
  }
  const read = check('RequestLine', given);
  if (!read.ok) return refuseRequest('bad-request', read.message);
  const { method, params = {} } = read.value;
  return request({ method, params }, 'local-socket');
}

/** Undefined when it is not an agent's answer. */
function readAnswer(line: string): Reply | undefined {
  try {
    const answer = JSON.parse(line) as Reply | null;
    if (answer?.ok === true) return answer;
    return answer?.ok === false && typeof answer.code === 'string' ? answer : undefined;
  } catch {
    return undefined;
  }
}
