import { existsSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../base/log.ts';
import type { Handle } from '../../../hal/sim/board/calls.ts';
import { connectBoard } from '../../../hal/sim/client.ts';
import { lineReader } from '../../../hal/sim/wire/lines.ts';
import { connectLines } from '../../../hal/sim/wire/link.ts';
import { serveLines } from '../../../hal/sim/wire/server.ts';
import { boardFolder } from '../../support/board-folder.ts';
import { modelBoard } from '../../support/board-model.ts';
import { waitFor } from '../../support/board-wait.ts';

const signal = new AbortController().signal;

/** A server with the model board behind it, and its socket's path. */
async function served(handle?: Handle) {
  const folder = await boardFolder();
  const model = await modelBoard();
  const path = join(folder.path, 'board.sock');
  const { onChanged } = model.board;
  const server = await serveLines({
    path,
    handle: handle ?? model.board.handle,
    onChanged,
    log: silentLog,
  });
  return {
    path,
    model,
    server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Sends the bytes and returns all that it receives until the peer closes. */
function rawTalk(path: string, ...sent: (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(path, () => {
      for (const bytes of sent) socket.write(bytes);
    });
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });
}

describe('lines', () => {
  const read = (max: number, ...chunks: string[]) => {
    const lines: string[] = [];
    const reader = lineReader(max, (line) => lines.push(line));
    const fits = chunks.map((chunk) => reader(Buffer.from(chunk)));
    return { lines, fits };
  };

  it('are joined from pieces, and empty ones are dropped', () => {
    expect(read(100, 'a', 'b\nc', '\n\n \nd').lines).toEqual(['ab', 'c']);
    expect(read(100, 'a\nb\nc\n').lines).toEqual(['a', 'b', 'c']);
  });

  it('keep characters whole that were cut in two', () => {
    const lines: string[] = [];
    const reader = lineReader(100, (line) => lines.push(line));
    const bytes = Buffer.from('äö\n');
    for (const byte of bytes) reader(Buffer.from([byte]));
    expect(lines).toEqual(['äö']);
  });

  it('are bounded, complete or not', () => {
    expect(read(4, 'abcd\n').fits).toEqual([true]);
    expect(read(4, 'abcde').fits).toEqual([false]);
    expect(read(4, 'abc', 'de\n').fits).toEqual([true, false]);
  });
});

describe('the socket', () => {
  it('can be opened by its owner only', async () => {
    await using board = await served();
    expect(statSync(board.path).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['no JSON', 'hello\n'],
    ['JSON that is no request', '[1]\n'],
    ['null', 'null\n'],
    ['no id', '{"op":"system.info","params":{}}\n'],
    ['bytes of no text', new Uint8Array([0xff, 0xfe, 0x00, 0x0a])],
    ['a line without end', 'x'.repeat(1024 * 1024 + 10)],
    ['deep nesting', `${'['.repeat(100_000)}\n`],
  ])('closes the connection on %s, and serves the next one', async (_what, sent) => {
    await using board = await served();
    expect(await rawTalk(board.path, sent)).toBe('');
    await using other = await connectBoard(board.path, signal);
    expect(await other.system.info(signal)).toMatchObject({ hardwareId: 'sim-board-1' });
  });

  it.each([
    ['an unknown request', 'body.explode', {}],
    ['a name of the language', 'constructor', {}],
    ['a name of the language', '__proto__', {}],
    ['no params', 'body.snapshot', null],
    ['params that are none', 'body.events', 7],
    ['a wrong type', 'body.events', { after: '0' }],
    ['a number too large', 'body.events', { after: 1e300 }],
    ['an unknown verb', 'body.command', { verb: 'fly', tag: 't' }],
    ['an unknown initiator', 'body.command', { verb: 'start', tag: 't', initiator: 'ghost' }],
    ['a limit that is none', 'body.command', { verb: 'start', tag: 't', validUntilMonoMs: 'now' }],
    ['settings that are none', 'body.configure', { settings: 'all' }],
    ['a slot that is none', 'slot.begin', { slot: '../../../tmp/x', length: 1 }],
    ['a slot that is not being written', 'slot.complete', { slot: 'c', length: 1, sha256: 'x' }],
    ['a long reason', 'system.reboot', { reason: 'x'.repeat(300) }],
  ])('rejects %s (%s)', async (_what, op, params) => {
    await using board = await served();
    await using link = await connectLines(board.path, signal);
    await expect(link.call(op, params as object, signal)).rejects.toMatchObject({
      code: 'refused',
    });
    expect(board.model.board.body.snapshot().mission).toBeNull();
  });

  it('disconnects a peer that sends requests without reading the responses', async () => {
    const forever: Handle = () => new Promise(() => {});
    await using board = await served(forever);
    const request = '{"id":1,"op":"x","params":{}}\n';
    expect(await rawTalk(board.path, request.repeat(100))).toBe('');
  });

  it('answers requests out of order, each with its own result', async () => {
    const gate = Promise.withResolvers<string>();
    await using board = await served((op) => (op === 'slow' ? gate.promise : Promise.resolve(op)));
    await using link = await connectLines(board.path, signal);
    const slow = link.call('slow', {}, signal);
    expect(await link.call('quick', {}, signal)).toBe('quick');
    gate.resolve('at last');
    expect(await slow).toBe('at last');
  });

  it('drops a response whose request was aborted', async () => {
    const gate = Promise.withResolvers<string>();
    await using board = await served((op) => (op === 'slow' ? gate.promise : Promise.resolve(op)));
    await using link = await connectLines(board.path, signal);
    const stop = new AbortController();
    const slow = link.call('slow', {}, stop.signal);
    stop.abort(new Error('enough'));
    await expect(slow).rejects.toThrow('enough');
    gate.resolve('too late');
    expect(await link.call('quick', {}, signal)).toBe('quick');
  });

  it('notifies every connection of changes', async () => {
    await using board = await served();
    await using one = await connectBoard(board.path, signal);
    await using two = await connectBoard(board.path, signal);
    let received = 0;
    two.body.onChanged(() => received++);
    await one.body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal);
    await waitFor('a change', () => received > 0);
  });
});

describe('a board that disconnects', () => {
  it('rejects pending and later requests, and resolves `closed`', async () => {
    await using board = await served(() => new Promise(() => {}));
    await using connection = await connectBoard(board.path, signal);
    const request = connection.system.info(signal);
    const failed = expect(request).rejects.toMatchObject({ code: 'unavailable' });
    await board.server[Symbol.asyncDispose]();
    await failed;
    await connection.closed;
    await expect(connection.body.snapshot(signal)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(
      connection.installer.install(
        { slot: 'b', length: 1, sha256: '', chunks: (async function* () {})() },
        signal,
      ),
    ).rejects.toMatchObject({ code: 'io', cause: { code: 'unavailable' } });
  });

  it('rejects the connection when there never was a board', async () => {
    await using folder = await boardFolder();
    await expect(connectBoard(join(folder.path, 'none.sock'), signal)).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(connectBoard('/dev/null', AbortSignal.abort(new Error('no')))).rejects.toThrow(
      'no',
    );
  });

  it('ignores output that is not from a board', async () => {
    await using folder = await boardFolder();
    const path = join(folder.path, 'other.sock');
    const server = createServer((socket) => socket.write('220 mail.example ESMTP\r\n'));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const connection = await connectBoard(path, signal);
    await connection.closed;
    await expect(connection.system.info(signal)).rejects.toMatchObject({ code: 'unavailable' });
    server.close();
  });
});

describe('the path of the socket', () => {
  it('must fit into a socket address', async () => {
    const path = `/tmp/${'x'.repeat(103)}`;
    const options = { path, handle: async () => null, log: silentLog };
    await expect(serveLines(options)).rejects.toMatchObject({ code: 'config-socket-path' });
    expect(existsSync(path)).toBe(false);
  });

  it('is reused after a stopped board, and not while one runs', async () => {
    await using folder = await boardFolder();
    const path = join(folder.path, 'board.sock');
    const options = { path, handle: async () => null, log: silentLog };
    await writeFile(path, 'what a crash has left');
    await using _living = await serveLines(options);
    await expect(serveLines(options)).rejects.toMatchObject({ code: 'board-in-use' });
    await using link = await connectLines(path, signal);
    expect(await link.call('x', {}, signal)).toBeNull();
  });
});
