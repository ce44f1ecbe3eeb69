import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { link, mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { useFakeTimers } from 'sinon';
import { beforeEach, describe, expect, it } from 'vitest';
import { callLocalApi, openLocalApi as openSocket } from '../../../agent/io/local.ts';
import { PilotfishError } from '../../../base/errors.ts';
import { type Answers, requestsOf } from '../../support/agent-requests.ts';
import { until } from '../../support/cloud-until.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();
let dir = '';
let path = '';
beforeEach(async () => {
  dir = await folder();
  path = join(dir, 'agent.sock');
});

const openLocalApi = (at: string, served: Answers) => openSocket(at, requestsOf(served));
const answers: Answers = { status: () => ({ robot: 'R1' }), none: () => null };

/** What a client that sends `text` receives until the socket closes or `lines` lines came. */
async function exchange(text: string | Uint8Array, lines = 1): Promise<string[]> {
  const socket = connect(path);
  let received = '';
  let closed = false;
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  socket.write(text);
  await until(() => closed || received.split('\n').length > lines);
  socket.destroy();
  return received.split('\n').filter(Boolean);
}

/** Leaves a socket behind, as a killed agent does. */
async function leaveSocketOfKilledAgent(at: string): Promise<void> {
  const code = `require('node:net').createServer().listen(${JSON.stringify(at)}, () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', code]);
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
}

/** The same socket that nobody listens on, without a process: a second name stays when the first one is closed. */
async function leaveStaleSocket(at: string): Promise<void> {
  const server = createServer().listen(join(dir, 's'));
  await once(server, 'listening');
  await link(join(dir, 's'), at);
  await new Promise((resolve) => server.close(resolve));
}

describe('the local socket', () => {
  it('answers a request', async () => {
    await using _api = await openLocalApi(path, answers);
    expect(await callLocalApi(path, 'status')).toEqual({ robot: 'R1' });
    expect(await callLocalApi(path, 'none')).toBeNull();
  });

  it('passes the parameters to the method', async () => {
    await using _api = await openLocalApi(path, { echo: (params) => params });
    expect(await callLocalApi(path, 'echo', { rotateKey: true })).toEqual({ rotateKey: true });
    expect(await callLocalApi(path, 'echo')).toEqual({});
  });

  it('rejects with the code, message and hint of the handler', async () => {
    const refuse = () => {
      throw new PilotfishError('renewal-off', 'R1 does not renew', { hint: 'wait' });
    };
    await using _api = await openLocalApi(path, { refuse });
    await expect(callLocalApi(path, 'refuse')).rejects.toMatchObject({
      code: 'renewal-off',
      message: 'R1 does not renew',
      hint: 'wait',
    });
  });

  it('answers several lines of one client', async () => {
    await using _api = await openLocalApi(path, answers);
    const line = '{"v":1,"method":"status"}\n';
    expect(await exchange(line + line + line, 3)).toHaveLength(3);
  });

  it('answers in the order of the requests, however long an answer takes', async () => {
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 'slow';
    };
    await using _api = await openLocalApi(path, { slow, quick: () => 'quick' });
    const lines = await exchange('{"method":"slow"}\n{"method":"quick"}\n{"method":"slow"}\n', 3);
    const results = lines.map((line) => (JSON.parse(line) as { result: string }).result);
    expect(results).toEqual(['slow', 'quick', 'slow']);
  });

  it('rejects with the code of a failed handler, and serves the next request', async () => {
    const fails = async () => {
      throw new PilotfishError('gone', 'not there any more');
    };
    await using _api = await openLocalApi(path, { ...answers, fails });
    await expect(callLocalApi(path, 'fails')).rejects.toMatchObject({ code: 'gone' });
    expect(await callLocalApi(path, 'status')).toEqual({ robot: 'R1' });
  });

  it.each(['dance', 'toString', '__proto__', 'constructor'])('has no method %j', async (method) => {
    await using _api = await openLocalApi(path, answers);
    await expect(callLocalApi(path, method)).rejects.toMatchObject({ code: 'no-such-method' });
  });

  it.each([
    ['text that is not JSON', '{\n', 'bad-request'],
    ['an empty line', '\n', 'bad-request'],
    ['null', 'null\n', 'bad-request'],
    ['a number', '5\n', 'bad-request'],
    ['a method that is not a string', '{"method":["status"]}\n', 'bad-request'],
    ['an unknown field', '{"method":"none","mode":"x"}\n', 'bad-request'],
    ['another version', '{"v":2,"method":"none"}\n', 'bad-request'],
    ['params that are a list', '{"method":"none","params":[1]}\n', 'bad-request'],
    ['params that are null', '{"method":"none","params":null}\n', 'bad-request'],
    ['params that are text', '{"method":"none","params":"x"}\n', 'bad-request'],
  ])('rejects %s and serves the next request', async (_name, text, code) => {
    await using _api = await openLocalApi(path, answers);
    const [first, second] = await exchange(`${text}{"method":"none"}\n`, 2);
    expect(JSON.parse(first ?? '')).toMatchObject({ ok: false, code });
    expect(JSON.parse(second ?? '')).toEqual({ ok: true, result: null });
  });

  it.each([
    ['bytes that are not UTF-8', new Uint8Array(1000).fill(0xff)],
    ['a line without an end', 'x'.repeat(100_000)],
  ])('survives %s', async (_name, bytes) => {
    await using _api = await openLocalApi(path, answers);
    const socket = connect(path);
    socket.on('error', () => {});
    socket.write(bytes);
    expect(await callLocalApi(path, 'none')).toBeNull();
    socket.destroy();
  });

  it('closes on a client that sends requests without end and does not read', async () => {
    const long = { long: () => ({ text: 'x'.repeat(20_000) }) };
    await using _api = await openLocalApi(path, long);
    const socket = connect(path);
    socket.on('error', () => {});
    let closed = false;
    socket.on('close', () => {
      closed = true;
    });
    const requests = '{"method":"long"}\n'.repeat(200);
    const writeMore = () => {
      if (!closed) socket.write(requests, () => setImmediate(writeMore));
    };
    writeMore();
    await until(() => closed);
  });

  it('stops answering a client that does not read, and closes', async () => {
    const long = { status: () => ({ text: 'x'.repeat(10_000) }) };
    await using _api = await openLocalApi(path, long);
    const socket = connect(path).pause();
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write('{"method":"status"}\n'.repeat(2000));
    await once(socket, 'connect');
    await until(() => socket.writableLength === 0 || socket.destroyed);
    socket.resume();
    await closed;
    expect(socket.bytesRead).toBeLessThan(4_000_000);
  });

  it('closes on a line without an end', async () => {
    await using _api = await openLocalApi(path, answers);
    expect(await exchange('x'.repeat(100_000))).toEqual([]);
  });

  it('closes at once, with all its clients', async () => {
    const localApi = await openLocalApi(path, answers);
    const clients: Socket[] = Array.from({ length: 5 }, () => connect(path));
    await Promise.all(clients.map((socket) => once(socket, 'connect')));
    for (const socket of clients) socket.on('error', () => {});
    const closed = clients.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    await localApi[Symbol.asyncDispose]();
    await Promise.all(closed);
    await expect(callLocalApi(path, 'none')).rejects.toMatchObject({ code: 'not-running' });
  });
});

describe('the local socket as a lock', () => {
  it('rejects a second agent', async () => {
    await using _api = await openLocalApi(path, answers);
    await expect(openLocalApi(path, answers)).rejects.toMatchObject({ code: 'already-running' });
    expect(await callLocalApi(path, 'status')).toEqual({ robot: 'R1' });
  });

  it('opens again after the first agent has ended', async () => {
    await (await openLocalApi(path, answers))[Symbol.asyncDispose]();
    await using _api = await openLocalApi(path, answers);
    expect(await callLocalApi(path, 'none')).toBeNull();
  });

  it('replaces the socket of a killed agent, and leaves nothing behind', async () => {
    await leaveSocketOfKilledAgent(path);
    await using _api = await openLocalApi(path, answers);
    expect(await callLocalApi(path, 'none')).toBeNull();
    expect(await readdir(dir)).toEqual(['agent.sock']);
  });

  it('admits exactly one of several agents that start over a stale socket', async () => {
    for (let round = 0; round < 10; round++) {
      const at = join(dir, `${round}.sock`);
      await leaveStaleSocket(at);
      const attempts = await Promise.allSettled(
        Array.from({ length: 8 }, () => openLocalApi(at, answers)),
      );
      const opened = attempts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      for (const one of attempts) {
        if (one.status === 'rejected')
          expect(one.reason).toMatchObject({ code: 'already-running' });
      }
      expect(opened).toHaveLength(1);
      expect(await callLocalApi(at, 'none')).toBeNull();
      for (const localApi of opened) await localApi[Symbol.asyncDispose]();
    }
  });

  it('replaces a stale socket whose lock was left by a killed agent', async () => {
    await leaveStaleSocket(path);
    await mkdir(`${path}.lock`);
    // Its owner may be alive: the lock is waited for, and no agent ends because of it.
    await using _api = await openLocalApi(path, answers);
    expect(await readdir(dir)).toEqual(['agent.sock']);
  });

  it('ignores a lock that is old by any clock', async () => {
    const nextYearS = Date.now() / 1000 + 365 * 24 * 3600;
    for (const atS of [0, nextYearS]) {
      await leaveStaleSocket(path);
      await mkdir(`${path}.lock`);
      await utimes(`${path}.lock`, atS, atS);
      // A clock that stands still: one that waited for the lock would wait for ever.
      const clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        await using _api = await openLocalApi(path, answers);
      } finally {
        clock.restore();
      }
    }
  });

  it('rejects a path too long for a socket as an error of the configuration', async () => {
    const long = join(dir, 'x'.repeat(120));
    await expect(openLocalApi(long, answers)).rejects.toMatchObject({ code: 'config-path' });
  });

  it('replaces a stale socket at the longest path', async () => {
    const longest = join(dir, 'x'.repeat(106 - dir.length));
    expect(longest).toHaveLength(107);
    await leaveStaleSocket(longest);
    await using _api = await openLocalApi(longest, answers);
    expect(await callLocalApi(longest, 'none')).toBeNull();
  });
});

describe('a call of the local API', () => {
  it.each([
    ['nobody listens', () => path],
    ['the folder does not exist', () => join(dir, 'none', 'agent.sock')],
    ['the path is too long', () => join(dir, 'x'.repeat(200))],
  ])('fails with `not-running` when %s', async (_name, at) => {
    await expect(callLocalApi(at(), 'status')).rejects.toMatchObject({
      code: 'not-running',
      message: expect.stringContaining(at()),
    });
  });

  it('fails with `not-running` when the path is a plain file', async () => {
    await writeFile(path, 'text');
    await expect(callLocalApi(path, 'status')).rejects.toMatchObject({ code: 'not-running' });
  });

  it.each([
    ['garbage', 'garbage\n'],
    ['null', 'null\n'],
    ['another object', '{"hello":1}\n'],
    ['a rejection without a code', '{"ok":false}\n'],
    ['nothing', ''],
  ])('fails with `not-running` when the other end answers with %s', async (_name, text) => {
    const server = createServer((socket) => socket.end(text));
    server.listen(path);
    await once(server, 'listening');
    await expect(callLocalApi(path, 'status')).rejects.toMatchObject({ code: 'not-running' });
    server.close();
  });
});
