import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createHttpsClient } from '../../../base/https-client.ts';
import { startHttps } from '../../support/agent-https.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();
const silenceMsMax = 100;
const call = { method: 'GET', target: '/', headers: {} };
const timeout = { code: 'not-reachable', message: expect.stringContaining('no answer in 0.1 s') };

describe('a request of an operator to a stub', () => {
  it('fails when no byte arrives in time, as from a stopped stub', async () => {
    const server = createServer().listen(0, 'localhost');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = createHttpsClient(`https://localhost:${port}`, '', { silenceMsMax });
    await expect(client.send(call)).rejects.toMatchObject(timeout);
    client.close();
    server.close();
  });

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['no answer', () => {}],
    [
      'an incomplete answer',
      (response) => response.writeHead(200, { 'content-length': 9 }).write('{'),
    ],
  ])('fails when it gets %s', async (_, stall) => {
    await using server = await startHttps(await folder());
    const ca = await readFile(server.caFile, 'utf8');
    const client = createHttpsClient(server.origin, ca, { silenceMsMax });
    server.handle = (_request, response) => void stall(response);
    await expect(client.send(call)).rejects.toMatchObject(timeout);
    client.close();
  });
});
