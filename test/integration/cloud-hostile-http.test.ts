import { readFile } from 'node:fs/promises';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { createHttpsClient } from '../../base/https-client.ts';
import { type Log, silentLog } from '../../base/log.ts';
import { connectOperator } from '../../cloud-stub/operator-client.ts';
import { readOperatorKey } from '../../cloud-stub/operator-key.ts';
import { signByAws4 } from '../support/cloud-aws4.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';

/** Peers that reach the HTTPS port and may neither fill the log nor use up the stub's scarce resources. */

const logged: string[] = [];
const log: Log = {
  ...silentLog,
  warn: (fields, message) => void logged.push(JSON.stringify({ ...fields, message })),
};

let world: TestStub;
beforeAll(async () => {
  world = await startTestStub({ log, httpsIdleMs: 300 });
});
afterAll(() => world[Symbol.asyncDispose]());

/** Sends a GET and reads as much of the answer as one likes. */
async function sendRequest(target: string): Promise<TLSSocket> {
  const socket = await openTls();
  const { host } = new URL(world.stub.ready.https.url);
  socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  return socket;
}

async function openTls(): Promise<TLSSocket> {
  const { https, serverCa } = world.stub.ready;
  const { hostname: host, port } = new URL(https.url);
  const socket = connect({ host, port: Number(port), ca: await readFile(serverCa) });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  return socket;
}

describe('the log', () => {
  const long = 'x'.repeat(10_000);
  const query = (region: string) =>
    [
      'X-Amz-Algorithm=AWS4-HMAC-SHA256',
      `X-Amz-Credential=K/20260101/${region}/s3/aws4_request`,
      'X-Amz-Date=20260101T000000Z&X-Amz-Expires=1&X-Amz-SignedHeaders=host&X-Amz-Signature=0',
    ].join('&');

  it.each([
    ['path of an object', `/objects/${long}`],
    ['region in a query', `/objects/x?${query(long)}`],
    ['path of the control plane', `/${long}`],
  ])('stays short after a long %s', async (_name, target) => {
    logged.length = 0;
    const socket = await sendRequest(target);
    await until(() => logged.length > 0);
    socket.destroy();
    expect(logged.join('').length).toBeLessThan(700);
  });
});

describe('a body without its hash in a header', () => {
  const send = async (headers: Record<string, string>, path: string, body: string) => {
    const { https, serverCa } = world.stub.ready;
    const client = createHttpsClient(https.url, await readFile(serverCa, 'utf8'));
    try {
      const length = { 'content-length': Buffer.byteLength(body) };
      const call = { method: 'PUT', target: path, headers: { ...headers, ...length }, body };
      return await client.send({ ...call, body: Buffer.from(body) });
    } finally {
      client.close();
    }
  };
  /** As AWS's own clients sign for IoT. */
  const signed = async (path: string, body: string) => {
    const { https, operator } = world.stub.ready;
    const credentials = await readOperatorKey(operator);
    if (credentials === undefined) throw new Error('no key of the operator');
    const { host } = new URL(https.url);
    const base = { service: 'iot', method: 'PUT', host, path, body, credentials };
    const headers = signByAws4({ ...base, headers: { 'content-type': 'application/json' } });
    expect(headers).not.toHaveProperty('x-amz-content-sha256');
    return headers;
  };
  const job = (bytes: number) =>
    JSON.stringify({ targets: ['R1'], document: '{}', description: 'x'.repeat(bytes) });

  it('is read up to 128 KB before its signature is checked', async () => {
    const [path, body] = ['/jobs/a', job(100_000)];
    const answer = await send(await signed(path, body), path, body);
    // The description is too long for a job, so the signature was verified.
    expect(answer.status).toBe(400);
    const changed = body.replace('R1', 'R2');
    expect((await send(await signed(path, body), path, changed)).status).toBe(403);
  });

  it('is rejected by its length when it is longer', async () => {
    const [path, body] = ['/jobs/a', job(200_000)];
    const answer = await send(await signed(path, body), path, body);
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([
      413,
      'RequestEntityTooLargeException',
    ]);
  });

  it('is accepted beside bodies that never arrive', async () => {
    const [path, body] = ['/jobs/a', job(120_000)];
    const head = Object.entries({
      ...(await signed(path, 'another')),
      'content-length': '130000',
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    const sockets = await Promise.all(
      Array.from({ length: 24 }, async () => {
        const socket = await openTls();
        socket.write(`PUT ${path} HTTP/1.1\r\n${head.join('')}\r\n`);
        return socket;
      }),
    );
    await until(async () => {
      const { listeners } = await world.operator.status();
      const counted = listeners.find(({ name }) => name === 'HTTPS')?.refused;
      return (counted?.['too-many-bodies'] ?? 0) > 0;
    });
    expect((await send(await signed(path, body), path, body)).status).toBe(400);
    for (const socket of sockets) socket.destroy();
  });
});

/** Open TCP sockets of this process: the stub's ends and the test's. */
const sockets = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCPSocket')).length;

it('closes a connection whose client does not read the response', async () => {
  const operator = await connectOperator(world.stub.ready, systemClock);
  await operator.putObject('firmware/x', Buffer.alloc(50_000_000), 'application/x');
  const url = operator.objectUrl('firmware/x', 60);
  operator[Symbol.dispose]();
  await until(() => sockets() === 0);
  const socket = await sendRequest(url.slice(world.stub.ready.https.url.length));
  socket.pause();
  expect(sockets()).toBe(2);
  await until(() => sockets() === 1);
  socket.destroy();
});
