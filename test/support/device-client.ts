import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { Stub } from '../../cloud-stub/serve.ts';
import type { Identity } from './cloud-pki.ts';

export interface DeviceAnswer {
  readonly status: number;
  readonly fault: string | undefined;
  readonly json: ReturnType<typeof JSON.parse>;
}

export interface DeviceClient extends Disposable {
  /** Rejects when the connection ends without an answer. */
  send(method: string, target: string, body?: unknown): Promise<DeviceAnswer>;
}

export const devicePort = ({ ready }: Pick<Stub, 'ready'>): number =>
  Number(new URL(ready.deviceHttps?.url ?? 'https://none:0').port);

/** Node's own client of the robots' HTTPS port, over one kept-alive connection. */
export async function deviceClient(
  stub: Pick<Stub, 'ready'>,
  { cert, key }: Pick<Identity, 'cert' | 'key'>,
  tls: ConnectionOptions = {},
): Promise<DeviceClient> {
  const ca = await readFile(stub.ready.serverCa);
  const credentials = cert === '' ? {} : { cert, key };
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, ...credentials, ...tls });
  const port = devicePort(stub);
  return {
    async send(method, path, body) {
      const bytes = bytesOf(body);
      const headers = { 'content-length': bytes.length };
      const outgoing = request({ host: 'localhost', port, agent, method, path, headers });
      outgoing.end(bytes);
      const [response] = await once(outgoing, 'response');
      let text = '';
      for await (const chunk of response) text += chunk;
      return {
        status: response.statusCode,
        fault: response.headers['x-amzn-errortype'],
        json: text === '' ? undefined : JSON.parse(text),
      };
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function bytesOf(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
}

/** A TLS connection to the robots' HTTPS port, for bytes by hand. */
export async function openDevice(
  stub: Pick<Stub, 'ready'>,
  { cert, key }: Pick<Identity, 'cert' | 'key'>,
): Promise<TLSSocket> {
  const ca = await readFile(stub.ready.serverCa);
  const socket = connect({ host: 'localhost', port: devicePort(stub), ca, cert, key });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}
