import { connect as connectPlain, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { type Log, silentLog } from '../../base/log.ts';
import type { Identity } from '../support/cloud-pki.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';
import { missionDocument } from '../support/cloud-world.ts';
import { deviceClient, devicePort, openDevice } from '../support/device-client.ts';

/** Slow, large and malformed requests at the robots' HTTPS port. */

const errors: unknown[] = [];
const log: Log = { ...silentLog, error: (fields, message) => void errors.push([fields, message]) };
let aheadMs = 0;
const clock = { ...systemClock, wallMs: () => systemClock.wallMs() + aheadMs };
let world: TestStub;
beforeAll(async () => {
  world = await startTestStub({ log, clock, connectMsMax: 1000, httpsIdleMs: 1000 });
});
afterAll(() => world[Symbol.asyncDispose]());

/** A robot that the registry knows. */
async function enter(name: string): Promise<Identity> {
  const identity = await world.mint(name);
  using client = await deviceClient(world.stub, identity);
  await client.send('GET', `/things/${name}/jobs`);
  return identity;
}

const counted = async (code: string) =>
  (await world.operator.status()).listeners.find(({ name }) => name === 'device HTTPS')?.refused[
    code
  ] ?? 0;

const path = (robot: string) => `/topics/robots/${robot}/up/missions/report?qos=1`;
const report = JSON.stringify({ v: 1, reports: [missionDocument({ ended: true })] });

/** Everything that arrives until the connection is closed. */
async function answerOf(socket: Socket): Promise<string> {
  let answer = '';
  socket.on('data', (data: Buffer) => {
    answer += data.toString('latin1');
  });
  await until(() => socket.destroyed);
  return answer;
}

/** Sends a byte now and then until the other side has closed. */
async function trickle(socket: Socket, bytes: string): Promise<string> {
  const timer = setInterval(() => socket.writable && socket.write(bytes, 'latin1'), 100);
  try {
    return await answerOf(socket);
  } finally {
    clearInterval(timer);
  }
}

describe('the port closes', () => {
  it('a handshake that arrives byte by byte', async () => {
    const before = await counted('handshake-timeout');
    const socket = connectPlain(devicePort(world.stub), '127.0.0.1');
    socket.on('error', () => {});
    socket.write('\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03', 'latin1');
    await trickle(socket, 'a');
    expect(await counted('handshake-timeout')).toBe(before + 1);
  });

  it.each([
    ['says nothing', '', ''],
    ['sends its headers byte by byte', 'GET / HTTP/1.1\r\nx: ', 'a'],
    ['is no HTTP', '\x10\xff\r\n\r\n', ''],
  ])('a connection that %s', async (_what, first, rest) => {
    const socket = await openDevice(world.stub, await enter('SILENT'));
    socket.write(first, 'latin1');
    await (rest === '' ? answerOf(socket) : trickle(socket, rest));
    expect(socket.destroyed).toBe(true);
  });

  it('a request whose body arrives byte by byte, and does nothing of it', async () => {
    const before = await counted('too-slow');
    const socket = await openDevice(world.stub, await enter('SLOW'));
    socket.write(`POST ${path('SLOW')} HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n`);
    expect(await trickle(socket, 'a')).toBe('');
    expect(await counted('too-slow')).toBe(before + 1);
    expect(world.stub.cloud.rows.list('missions', 'SLOW/')).toEqual([]);
  });
});

describe('a body', () => {
  it('of 128 KB is taken', async () => {
    using client = await deviceClient(world.stub, await enter('LARGE'));
    const body = Buffer.alloc(128 * 1024, ' ');
    expect(await client.send('POST', path('LARGE'), body)).toMatchObject({ status: 200 });
  });

  it('that announces more is refused at once', async () => {
    const before = await counted('body-too-large');
    const socket = await openDevice(world.stub, await enter('LARGER'));
    const length = `content-length: ${128 * 1024 + 1}\r\n`;
    socket.write(`POST ${path('LARGER')} HTTP/1.1\r\nhost: x\r\n${length}\r\n`);
    expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 413 .*RequestEntityTooLargeException/s);
    expect(await counted('body-too-large')).toBe(before + 1);
  });

  it('that turns out longer is refused', async () => {
    const socket = await openDevice(world.stub, await enter('CHUNKED'));
    const head = `POST ${path('CHUNKED')} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`;
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    socket.write(head + chunk.repeat(3));
    expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('of a certificate that is blocked meanwhile has no effect', async () => {
    const identity = await enter('MEANWHILE');
    const socket = await openDevice(world.stub, identity);
    const length = `content-length: ${report.length}\r\n`;
    socket.write(
      `POST ${path('MEANWHILE')} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n${length}\r\n`,
    );
    await new Promise((resolve) => socket.once('data', resolve));
    await world.operator.updateCertificate(identity.certificateId, 'INACTIVE');
    socket.write(report);
    expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 403 /);
    expect(world.stub.cloud.rows.list('missions', 'MEANWHILE/')).toEqual([]);
  });

  it('of a certificate that expires meanwhile has no effect', async () => {
    const socket = await openDevice(world.stub, await enter('EXPIRES'));
    const length = `content-length: ${report.length}\r\n`;
    socket.write(
      `POST ${path('EXPIRES')} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n${length}\r\n`,
    );
    await new Promise((resolve) => socket.once('data', resolve));
    try {
      aheadMs = 50 * 365 * 24 * 3_600_000;
      socket.write(report);
      expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 403 .*the certificate is expired/s);
    } finally {
      aheadMs = 0;
    }
    expect(world.stub.cloud.rows.list('missions', 'EXPIRES/')).toEqual([]);
  });

  it.each(['', 'null', '{', '[]', '\xff\xfe', '{"v":1,"reports":[1]}'])(
    'with %j on a channel is accepted as by MQTT, and changes nothing',
    async (body) => {
      using client = await deviceClient(world.stub, await enter('BAD'));
      const bytes = Buffer.from(body, 'latin1');
      expect(await client.send('POST', path('BAD'), bytes)).toMatchObject({ status: 200 });
      expect(world.stub.cloud.rows.list('missions', 'BAD/')).toEqual([]);
    },
  );

  it.each(['{', '[]', '\xff', '{"state":1}'])('with %j is no shadow', async (body) => {
    using client = await deviceClient(world.stub, await enter('SHADOW'));
    const bytes = Buffer.from(body, 'latin1');
    const answer = await client.send('POST', '/things/SHADOW/shadow', bytes);
    expect([400, 415]).toContain(answer.status);
  });
});

it('one robot has requests on eight connections at most, and leaves the rest to others', async () => {
  await using own = await startTestStub({ log });
  const { identity, robot } = await own.enter('GREEDY');
  await using _ = robot;
  const head = `POST ${path('GREEDY')} HTTP/1.1\r\nhost: x\r\n`;
  const sockets: Socket[] = [];
  for (let n = 0; n < 8; n++) {
    const socket = await openDevice(own.stub, identity);
    socket.write(`${head}expect: 100-continue\r\ncontent-length: 100\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    sockets.push(socket);
  }
  using client = await deviceClient(own.stub, identity);
  expect(await client.send('GET', '/things/GREEDY/jobs')).toMatchObject({ status: 503 });
  using other = await deviceClient(own.stub, (await own.enter('MODEST')).identity);
  expect(await other.send('GET', '/things/MODEST/jobs')).toMatchObject({ status: 200 });
  const [first] = sockets;
  // It has its place already.
  first?.write(
    `${'x'.repeat(100)}${`GET /things/GREEDY/jobs HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(20)}`,
  );
  let answers = '';
  first?.on('data', (data: Buffer) => {
    answers += data.toString('latin1');
  });
  await until(() => answers.split('HTTP/1.1 200').length === 22);
  for (const socket of sockets) socket.destroy();
  await until(async () => (await client.send('GET', '/things/GREEDY/jobs')).status === 200);
});

it.each([
  '/topics/%ff',
  '/topics/%',
  '//',
  '/?%',
  `/topics/${'a'.repeat(9000)}`,
  '/things/%2f/shadow',
])('the target %s is an error of the client', async (target) => {
  using client = await deviceClient(world.stub, await enter('TARGET'));
  const { status } = await client.send('POST', target, {});
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
});

it('none of this is an error of the stub', () => {
  expect(errors).toEqual([]);
});
