import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { makeCa, makeServerCertificate } from '../../base/x509/authority.ts';

/** An HTTPS server on this machine whose manners the test decides, under a CA of its own. */
export interface TestHttps extends AsyncDisposable {
  /** `https://localhost:PORT` */
  readonly origin: string;
  readonly caFile: string;
  handle: (request: IncomingMessage, response: ServerResponse) => unknown;
  readonly requests: readonly {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage['headers'];
  }[];
  /** Connections that are open now. */
  connections(): number;
}

export async function startHttps(folder: string): Promise<TestHttps> {
  const issuing = { nowMs: Date.now(), random: randomBytes };
  const ca = await makeCa({ commonName: 'Test store CA', ...issuing });
  const leaf = await makeServerCertificate({
    caKey: ca.privateKey,
    caCert: ca.certificatePem,
    hostNames: ['localhost'],
    ...issuing,
  });
  const caFile = join(folder, 'store-ca.pem');
  await writeFile(caFile, ca.certificatePem);
  const key = leaf.privateKey.export({ type: 'pkcs8', format: 'pem' });
  const requests: { method: string; url: string; headers: IncomingMessage['headers'] }[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer({ key, cert: leaf.certificatePem }, (request, response) => {
    const { method = '', url = '', headers } = request;
    requests.push({ method, url, headers });
    test.handle(request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const test: TestHttps = {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    caFile,
    requests,
    handle: (_request, response) => void response.writeHead(500).end(),
    connections: () => sockets.size,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return test;
}
