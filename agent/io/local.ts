import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import type { Json } from '../machine.ts';

/**
 * The local door: one socket on this machine, a JSON line in, a JSON line out. Binding it is also the lock that keeps a
 * second agent of the same robot away.
 */
export interface Door extends AsyncDisposable {
  readonly path: string;
}

type Answer =
  | { readonly ok: true; readonly result: Json }
  | { readonly ok: false; readonly code: string };

const lineBytesMax = 64 * 1024;
const clientsMax = 16;

/** Opens the door. `answers` maps a method to what it answers. Throws `already-running`, `config-path`. */
export async function openDoor(path: string, answers: Record<string, () => Json>): Promise<Door> {
  if (Buffer.byteLength(path) > 107) {
    throw new PilotfishError('config-path', `${path} is too long for a socket (107 bytes)`, {
      hint: 'choose a shorter dataDir',
    });
  }
  const server = createServer((socket) => serve(socket, answers));
  server.maxConnections = clientsMax;
  await bind(server, path);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Asks the agent behind the door. Throws `not-running`. */
export function askDoor(path: string, method: string): Promise<Json> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const fail = (cause?: unknown) =>
      reject(new PilotfishError('not-running', `no agent answers at ${path}`, { cause }));
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer in 5 s')));
    socket.once('error', fail);
    socket.once('close', () => fail());
    socket.once('connect', () => socket.write(`${JSON.stringify({ v: 1, method })}\n`));
    createInterface({ input: socket }).once('line', (line) => {
      const answer = JSON.parse(line) as Answer;
      if (answer.ok) resolve(answer.result);
      else reject(new PilotfishError(answer.code, `the agent refused "${method}"`));
      socket.destroy();
    });
  });
}

async function bind(server: Server, path: string): Promise<void> {
  if (await listen(server, path)) return;
  if (await isAlive(path)) {
    throw new PilotfishError('already-running', `an agent is running already (${path} answers)`);
  }
  rmSync(path, { force: true });
  if (!(await listen(server, path))) {
    throw new PilotfishError('already-running', `${path} was taken by another agent just now`);
  }
}

/** False when the name is taken: by a living agent, or by what a killed one left behind. */
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

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function serve(socket: Socket, answers: Record<string, () => Json>): void {
  let pending = '';
  socket.setTimeout(10_000, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    pending += chunk.toString('utf8');
    if (pending.length > lineBytesMax) return socket.destroy();
    const lines = pending.split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) socket.write(`${JSON.stringify(answer(line, answers))}\n`);
  });
}

function answer(line: string, answers: Record<string, () => Json>): Answer {
  let method: unknown;
  try {
    method = (JSON.parse(line) as { method?: unknown } | null)?.method;
  } catch {
    return { ok: false, code: 'not-json' };
  }
  if (typeof method !== 'string' || !Object.hasOwn(answers, method)) {
    return { ok: false, code: 'no-such-method' };
  }
  return { ok: true, result: answers[method]?.() ?? null };
}
