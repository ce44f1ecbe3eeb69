import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpsClient, type HttpsClient } from '../../base/https-client.ts';
import { startHttps, type TestHttps } from '../support/agent-https.ts';
import { folders } from '../support/pki-folder.ts';

const folder = folders();
let server: TestHttps;
let client: HttpsClient;
beforeEach(async () => {
  server = await startHttps(await folder());
  client = createHttpsClient(server.origin, await readFile(server.caFile, 'utf8'));
});
afterEach(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

/** Serves one request a connection, and closes it when the second one arrives, like a server with a keep-alive timeout. */
function closeSecond(): void {
  const served = new WeakSet<object>();
  server.handle = ({ socket }: IncomingMessage, response: ServerResponse) => {
    if (served.has(socket)) return socket.destroy();
    served.add(socket);
    response.end('well');
  };
}

const send = (method: string) => client.send({ method, target: '/', headers: {} });

describe('a request to the stub', () => {
  it.each(['GET', 'PUT', 'POST'])(
    'by %s succeeds when the kept connection closes during it',
    async (method) => {
      closeSecond();
      for (let n = 0; n < 4; n++) expect(await send(method)).toMatchObject({ status: 200 });
    },
  );

  it('by POST is never sent twice, because it uses its own connection', async () => {
    closeSecond();
    for (let n = 0; n < 3; n++) await send('POST');
    expect(server.requests).toHaveLength(3);
  });

  it('rejects with the reason when it fails on a new connection', async () => {
    server.handle = ({ socket }) => socket.destroy();
    await expect(send('GET')).rejects.toMatchObject({
      code: 'not-reachable',
      message: expect.stringContaining('(ECONNRESET)'),
    });
    expect(server.requests).toHaveLength(1);
  });
});
