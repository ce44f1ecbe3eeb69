import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect as connectPlain, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Log, silentLog } from '../../base/log.ts';
import { openRaw } from '../support/cloud-raw.ts';
import { putObjectHead } from '../support/cloud-signed-head.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';

/** Slow peers, at each step in which a connection could wait forever. */

const logged: Record<string, unknown>[] = [];
const log: Log = {
  ...silentLog,
  warn: (fields) => void logged.push(fields),
  error: (fields) => void logged.push(fields),
};
let world: TestStub;
beforeAll(async () => {
  world = await startTestStub({ log, connectMsMax: 1000, httpsIdleMs: 1000 });
});
afterAll(() => world[Symbol.asyncDispose]());

const refused = async (name: string) =>
  (await world.operator.status()).listeners.find((one) => one.name === name)?.refused ?? {};

/** Sends a byte now and then until the other side has closed; returns what it received. */
async function trickle(socket: Socket, bytes: string): Promise<string> {
  let answer = '';
  let at = 0;
  socket.on('error', () => {});
  socket.on('data', (data: Buffer) => {
    answer += data.toString('latin1');
  });
  const timer = setInterval(() => {
    if (socket.writable) socket.write(bytes[at++ % bytes.length] ?? '', 'latin1');
  }, 100);
  await closing(socket);
  clearInterval(timer);
  return answer;
}

/** However it ends: `once` would reject by an error. */
const closing = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });

const httpsPort = () => Number(new URL(world.stub.ready.https.url).port);

async function openTls(): Promise<TLSSocket> {
  const { serverCa } = world.stub.ready;
  const socket = connect({ host: 'localhost', port: httpsPort(), ca: await readFile(serverCa) });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

describe.each([
  ['MQTT', () => world.stub.ready.mqtt.port],
  ['HTTPS', httpsPort],
])('the %s port', (name, port) => {
  it('closes a handshake that arrives byte by byte', async () => {
    const before = (await refused(name))['handshake-timeout'] ?? 0;
    // A record of 16 KB is announced, so that no byte is wrong.
    await trickle(
      connectPlain(port(), '127.0.0.1'),
      '\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03aaaa',
    );
    expect((await refused(name))['handshake-timeout']).toBe(before + 1);
  });
});

describe('the MQTT port', () => {
  it.each([
    ['says nothing', ''],
    ['sends CONNECT byte by byte', '\x10\xff\xff\x7f\x00\x04MQTT\x04\x02\x00\x3caaaaaaaaaaaaaaaaa'],
  ])('closes the connection of a robot that %s', async (_name, bytes) => {
    const identity = await world.mint('SLOW');
    const { socket } = await openRaw(world.stub.ready, identity);
    socket.resume();
    if (bytes === '') await closing(socket);
    else await trickle(socket, bytes);
    expect((await refused('MQTT'))['connect-timeout']).toBeGreaterThan(0);
  });
});

describe('the HTTPS port', () => {
  const head = 'PUT /jobs/x HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n';

  it.each([
    ['sends nothing', '', ''],
    ['sends its headers byte by byte', 'GET / HTTP/1.1\r\nx: ', 'aaaa'],
    ['sends an unsigned body byte by byte', `${head}\r\n`, 'a'],
    [
      'sends an unsigned body of a wrong length',
      'PUT /objects/x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n',
      '1\r\na\r\n',
    ],
  ])('closes a connection that %s', async (_name, first, rest) => {
    const socket = await openTls();
    if (first !== '') socket.write(first);
    socket.resume();
    if (rest === '') await closing(socket);
    else await trickle(socket, rest);
    expect(socket.destroyed).toBe(true);
  });

  it('closes the connection of a signed upload that arrives byte by byte', async () => {
    const before = (await refused('HTTPS'))['too-slow'] ?? 0;
    const socket = await openTls();
    socket.write(await putObjectHead(world.stub.ready, 'firmware/slow', 100_000));
    await trickle(socket, 'a');
    expect((await refused('HTTPS'))['too-slow']).toBe(before + 1);
  });

  it('tells the client of a signed upload that stalls, and stores nothing of it', async () => {
    const socket = await openTls();
    const answer: Buffer[] = [];
    socket.on('data', (data: Buffer) => void answer.push(data));
    socket.write(await putObjectHead(world.stub.ready, 'firmware/stalled', 100_000));
    socket.write('a'.repeat(10));
    await closing(socket);
    const text = Buffer.concat(answer).toString();
    expect(text).toMatch(/^HTTP\/1\.1 400 .*\r\nconnection: close\r\n/is);
    expect(text).toContain('<Code>RequestTimeout</Code>');
    const incoming = join(world.folder, 'cloud', 'objects', '.incoming');
    await until(async () => (await readdir(incoming)).length === 0);
    expect(world.stub.cloud.rows.get('objects', 'firmware/stalled')).toBeUndefined();
  });

  it('closes a connection whose client sends requests and never reads a response', async () => {
    const socket = await openTls();
    socket.pause();
    const request = `GET /objects/${'x'.repeat(4000)} HTTP/1.1\r\nhost: x\r\n\r\n`;
    const more = setInterval(() => socket.writable && socket.write(request.repeat(100)), 20);
    await until(() => socket.writableLength > 1_000_000 || socket.destroyed, 60_000);
    clearInterval(more);
    socket.resume();
    await closing(socket);
  });

  it('answers an unsigned body of 1 MB to a client that closes after it', async () => {
    const socket = await openTls();
    const body = Buffer.alloc(1024 * 1024);
    socket.write(
      `PUT /jobs/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    socket.write(body);
    let answer = '';
    socket.on('data', (data: Buffer) => {
      answer += data.toString();
    });
    await closing(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  });
});

it('none of these slow peers causes an error, and few of them are logged', () => {
  expect(logged.length).toBeLessThan(30);
  expect(logged.filter(({ code }) => code === 'unknown')).toEqual([]);
});
