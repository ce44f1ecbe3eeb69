import { readFile } from 'node:fs/promises';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { type Log, silentLog } from '../../base/log.ts';
import { connectOperator } from '../../cloud-stub/operator-client.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';

/** Who reaches the HTTPS door, and may not fill the log or hold what the stub has too few of. */

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
async function ask(target: string): Promise<TLSSocket> {
  const { https, serverCa } = world.stub.ready;
  const { hostname: host, port } = new URL(https.url);
  const socket = connect({ host, port: Number(port), ca: await readFile(serverCa) });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`);
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
  ])('takes little of a long %s', async (_name, target) => {
    logged.length = 0;
    const socket = await ask(target);
    await until(() => logged.length > 0);
    socket.destroy();
    expect(logged.join('').length).toBeLessThan(700);
  });
});

/** Open TCP sockets of this process: the stub's ends and the test's. */
const sockets = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCPSocket')).length;

it('closes a connection whose client does not read what it asked for', async () => {
  const operator = await connectOperator(world.stub.ready, systemClock);
  await operator.putObject('firmware/x', Buffer.alloc(50_000_000), 'application/x');
  const url = operator.objectUrl('firmware/x', 60);
  operator[Symbol.dispose]();
  await until(() => sockets() === 0);
  const socket = await ask(url.slice(world.stub.ready.https.url.length));
  socket.pause();
  expect(sockets()).toBe(2);
  await until(() => sockets() === 1);
  socket.destroy();
});
