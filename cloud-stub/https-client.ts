import { createReadStream } from 'node:fs';
import { Agent, request } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { codeOf, PilotfishError } from '../base/errors.ts';

/** One HTTPS request with a whole answer, over connections that are kept. */
export interface HttpsClient {
  send(call: HttpsCall): Promise<HttpsAnswer>;
  close(): void;
}

export interface HttpsCall {
  readonly method: string;
  /** Path and query, encoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | number>>;
  /** Bytes, or the path of a file. */
  readonly body?: Uint8Array | string;
}

export interface HttpsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A client for `url` that trusts the CA certificate `ca` (PEM) only. Throws `not-reachable` when nobody answers. */
export function createHttpsClient(url: string, ca: string): HttpsClient {
  const agent = new Agent({ keepAlive: true, ca });
  const { hostname, port } = new URL(url);
  return {
    async send({ method, target, headers, body }) {
      const { promise, resolve, reject } = Promise.withResolvers<HttpsAnswer>();
      const options = { agent, hostname: hostname.replace(/^\[|\]$/g, ''), port, method, headers };
      const outgoing = request({ ...options, path: target }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
      });
      outgoing.on('error', reject);
      if (typeof body === 'string') pipeline(createReadStream(body), outgoing).catch(reject);
      else outgoing.end(body);
      try {
        return await promise;
      } catch (cause) {
        throw new PilotfishError('not-reachable', `${url} (${codeOf(cause)})`, { cause });
      }
    },
    close: () => agent.destroy(),
  };
}
