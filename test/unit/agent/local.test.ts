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

/** What a client that says `text` hears until the door closes or `lines` lines came. */
async function say(text: string | Uint8Array, lines = 1): Promise<string[]> {
  const socket = connect(path);
  let heard = '';
  let closed = false;
  socket.on('data', (chunk) => {
    heard += chunk.toString();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  socket.write(text);
  await until(() => closed || heard.split('\n').length > lines);
  socket.destroy();
  return heard.split('\n').filter(Boolean);
}

/** Leaves a socket behind, as a killed agent does. */
async function killedAgent(at: string): Promise<void> {
  const code = `require('node:net').createServer().listen(${JSON.stringify(at)}, () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', code]);
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
}

/** The same socket that nobody listens on, without a process: a second name stays when the first one is closed. */
async function deadSocket(at: string): Promise<void> {
  const server = createServer().listen(join(dir, 's'));
  await once(server, 'listening');
  await link(join(dir, 's'), at);
  await new Promise((resolve) => server.close(resolve));
}

describe('the local socket', () => {
  it('answers', async () => {
    await using _door = await openLocalApi(path, answers);
    expect(await callLocalApi(path, 'status')).toEqual({ robot: 'R1' });
    expect(await callLocalApi(path, 'none')).toBeNull();
  });

  it('hands on what a question says beside its method', async () => {
    await using _door = await openLocalApi(path, { echo: (params) => params });
    expect(await callLocalApi(path, 'echo', { rotateKey: true })).toEqual({ rotateKey: true });
    expect(await callLocalApi(path, 'echo')).toEqual({});
  });

  it('refuses in the words of the one who was asked', async () => {
    const refuse = () => {
      throw new PilotfishError('renewal-off', 'R1 does not renew', { hint: 'wait' });
    };
    await using _door = await openLocalApi(path, { refuse });
    await expect(callLocalApi(path, 'refuse')).rejects.toMatchObject({
      code: 'renewal-off',
      message: 'R1 does not renew',
      hint: 'wait',
    });
  });

  it('answers several lines of one client', async () => {
    await using _door = await openLocalApi(path, answers);
    const line = '{"v":1,"method":"status"}\n';
    expect(await say(line + line + line, 3)).toHaveLength(3);
  });

  it('answers in the order of the questions, however long an answer takes', async () => {
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 'slow';
    };
    await using _door = await openLocalApi(path, { slow, quick: () => 'quick' });
    const said = await say('{"method":"slow"}\n{"method":"quick"}\n{"method":"slow"}\n', 3);
    const results = said.map((line) => (JSON.parse(line) as { result: string }).result);
    expect(results).toEqual(['slow', 'quick', 'slow']);
  });

  it('says the code of an answer that fails, and goes on', async () => {
    const fails = async () => {
      throw new PilotfishError('gone', 'not there any more');
    };
    await using _door = await openLocalApi(path, { ...answers, fails });
    await expect(callLocalApi(path, 'fails')).rejects.toMatchObject({ code: 'gone' });
    expect(await callLocalApi(path, 'status')).toEqual({ robot: 'R1' });
  });

  it.each(['dance', 'toString', '__proto__', 'constructor'])('has no method %j', async (method) => {
    await using _door = await openLocalApi(path, answers);
    await expect(callLocalApi(path, method)).rejects.toMatchObject({ code: 'no-such-method' });
  });

  it.each([
    ['no JSON', '{\n', 'bad-request'],
    ['nothing', '\n', 'bad-request'],
    ['null', 'null\n', 'bad-request'],
    ['a number', '5\n', 'bad-request'],
    ['another kind of method', '{"method":["status"]}\n', 'bad-request'],
    ['a field that no request has', '{"method":"none","mode":"x"}\n', 'bad-request'],
    ['another version', '{"v":2,"method":"none"}\n', 'bad-request'],
    ['a list of parameters', '{"method":"none","params":[1]}\n', 'bad-request'],
    ['parameters that are null', '{"method":"none","params":null}\n', 'bad-request'],
    ['parameters that are a text', '{"method":"none","params":"x"}\n', 'bad-request'],
  ])('says what is wrong with %s, and goes on', async (_name, text, code) => {
    await using _door = await openLocalApi(path, answers);
    const [first, second] = await say(`${text}{"method":"none"}\n`, 2);
    expect(JSON.parse(first ?? '')).toMatchObject({ ok: false, code });
    expect(JSON.parse(second ?? '')).toEqual({ ok: true, result: null });
  });

  it.each([
    ['bytes that are no text', new Uint8Array(1000).fill(0xff)],
    ['a line without an end', 'x'.repeat(100_000)],
  ])('outlives %s', async (_name, bytes) => {
    await using _door = await openLocalApi(path, answers);
    const socket = connect(path);
    socket.on('error', () => {});
    socket.write(bytes);
    expect(await callLocalApi(path, 'none')).toBeNull();
    socket.destroy();
  });

  it('closes on one that asks and does not read', async () => {
    const long = { long: () => ({ text: 'x'.repeat(20_000) }) };
    await using _door = await openLocalApi(path, long);
    const socket = connect(path);
    socket.on('error', () => {});
    let closed = false;
    socket.on('close', () => {
      closed = true;
    });
    const questions = '{"method":"long"}\n'.repeat(200);
    const ask = () => {
      if (!closed) socket.write(questions, () => setImmediate(ask));
    };
    ask();
    await until(() => closed);
  });

  it('closes on one who asks and asks and does not read', async () => {
    const long = { status: () => ({ text: 'x'.repeat(10_000) }) };
    await using _door = await openLocalApi(path, long);
    const socket = connect(path).pause();
    socket.on('error', () => {});
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.write('{"method":"status"}\n'.repeat(2000));
    await once(socket, 'connect');
    await until(() => socket.writableLength === 0 || socket.destroyed);
    socket.resume();
    await gone;
    expect(socket.bytesRead).toBeLessThan(4_000_000);
  });

  it('closes on a line without an end', async () => {
    await using _door = await openLocalApi(path, answers);
    expect(await say('x'.repeat(100_000))).toEqual([]);
  });

  it('closes at once, also on those who are inside', async () => {
    const localApi = await openLocalApi(path, answers);
    const inside: Socket[] = Array.from({ length: 5 }, () => connect(path));
    await Promise.all(inside.map((socket) => once(socket, 'connect')));
    for (const socket of inside) socket.on('error', () => {});
    const gone = inside.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    await localApi[Symbol.asyncDispose]();
    await Promise.all(gone);
    await expect(callLocalApi(path, 'none')).rejects.toMatchObject({ code: 'not-running' });
  });
});

describe('the door as a lock', () => {
  it('keeps a second agent away', async () => {
    await using _door = await openLocalApi(path, answers);
    await expect(openLocalApi(path, answers)).rejects.toMatchObject({ code: 'already-running' });
    expect(await callLocalApi(path, 'status')).toEqual({ robot: 'R1' });
  });

  it('is opened again after the first agent has gone', async () => {
    await (await openLocalApi(path, answers))[Symbol.asyncDispose]();
    await using _door = await openLocalApi(path, answers);
    expect(await callLocalApi(path, 'none')).toBeNull();
  });

  it('takes the place of one that was killed, and leaves nothing behind', async () => {
    await killedAgent(path);
    await using _door = await openLocalApi(path, answers);
    expect(await callLocalApi(path, 'none')).toBeNull();
    expect(await readdir(dir)).toEqual(['agent.sock']);
  });

  it('lets in exactly one of many that start over a dead one', async () => {
    for (let round = 0; round < 10; round++) {
      const at = join(dir, `${round}.sock`);
      await deadSocket(at);
      const tries = await Promise.allSettled(
        Array.from({ length: 8 }, () => openLocalApi(at, answers)),
      );
      const doors = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      for (const one of tries) {
        if (one.status === 'rejected')
          expect(one.reason).toMatchObject({ code: 'already-running' });
      }
      expect(doors).toHaveLength(1);
      expect(await callLocalApi(at, 'none')).toBeNull();
      for (const localApi of doors) await localApi[Symbol.asyncDispose]();
    }
  });

  it('takes the place of one that was killed while it took the place of another', async () => {
    await deadSocket(path);
    await mkdir(`${path}.lock`);
    // It may be alive yet: that is waited for, and no agent ends for it.
    await using _door = await openLocalApi(path, answers);
    expect(await readdir(dir)).toEqual(['agent.sock']);
  });

  it('waits for no lock that is old by whatever clock', async () => {
    const nextYearS = Date.now() / 1000 + 365 * 24 * 3600;
    for (const atS of [0, nextYearS]) {
      await deadSocket(path);
      await mkdir(`${path}.lock`);
      await utimes(`${path}.lock`, atS, atS);
      // A clock that stands still: one that waited for the lock would wait for ever.
      const clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        await using _door = await openLocalApi(path, answers);
      } finally {
        clock.restore();
      }
    }
  });

  it('a path that is too long for a socket is a fault of the configuration', async () => {
    const long = join(dir, 'x'.repeat(120));
    await expect(openLocalApi(long, answers)).rejects.toMatchObject({ code: 'config-path' });
  });

  it('takes the place of a killed one at the longest path, too', async () => {
    const longest = join(dir, 'x'.repeat(106 - dir.length));
    expect(longest).toHaveLength(107);
    await deadSocket(longest);
    await using _door = await openLocalApi(longest, answers);
    expect(await callLocalApi(longest, 'none')).toBeNull();
  });
});

describe('asking', () => {
  it.each([
    ['nobody is there', () => path],
    ['there is no such folder', () => join(dir, 'none', 'agent.sock')],
    ['the path is too long', () => join(dir, 'x'.repeat(200))],
  ])('says so when %s', async (_name, at) => {
    await expect(callLocalApi(at(), 'status')).rejects.toMatchObject({
      code: 'not-running',
      message: expect.stringContaining(at()),
    });
  });

  it('says so when there is a file instead', async () => {
    await writeFile(path, 'text');
    await expect(callLocalApi(path, 'status')).rejects.toMatchObject({ code: 'not-running' });
  });

  it.each([
    ['garbage', 'garbage\n'],
    ['null', 'null\n'],
    ['something else', '{"hello":1}\n'],
    ['a refusal without a code', '{"ok":false}\n'],
    ['nothing', ''],
  ])('says so when the other end says %s', async (_name, text) => {
    const server = createServer((socket) => socket.end(text));
    server.listen(path);
    await once(server, 'listening');
    await expect(callLocalApi(path, 'status')).rejects.toMatchObject({ code: 'not-running' });
    server.close();
  });
});
