import { createReadStream } from 'node:fs';
import { Agent, request } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { codeOf, PilotfishError } from '../base/errors.ts';

/** One HTTPS request with a whole answer, over kept-alive connections. */
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

/**
 * A stub answers within a second. A stopped one, or one behind a dead tunnel, would keep its connections open for ever.
 */
const silenceMsUsual = 30_000;

/**
 * A client for `url` that trusts only the CA certificate `ca` (PEM). Throws `not-reachable` when there is no answer, or
 * when no byte has moved for `silenceMsMax`.
 *
 * The stub closes a connection that was idle too long, perhaps while a request is being sent. That request is retried
 * over a fresh connection. A request that must not be repeated (POST) never uses a kept-alive connection.
 */
export function createHttpsClient(
  url: string,
  ca: string,
  { silenceMsMax = silenceMsUsual }: { silenceMsMax?: number } = {},
): HttpsClient {
  const kept = new Agent({ keepAlive: true, ca });
  const fresh = new Agent({ ca });
  const { hostname, port } = new URL(url);
  const address = { hostname: hostname.replace(/^\[|\]$/g, ''), port };

  const sendOver = (agent: Agent, { method, target, headers, body }: HttpsCall) => {
    const { promise, resolve, reject } = Promise.withResolvers<HttpsAnswer>();
    // Counts from the first packet on, including the handshake.
    const timeout = silenceMsMax;
    const options = { ...address, agent, method, headers, path: target, timeout };
    const outgoing = request(options, (response) => {
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
    outgoing.on('timeout', () => outgoing.destroy(new Silence(silenceMsMax)));
    if (typeof body === 'string') pipeline(createReadStream(body), outgoing).catch(reject);
    else outgoing.end(body);
    return { promise, wasKept: () => outgoing.reusedSocket };
  };

  return {
    async send(call) {
      const first = sendOver(call.method === 'POST' ? fresh : kept, call);
      try {
        return await first.promise.catch((cause: unknown) => {
          if (!first.wasKept() || codeOf(cause) !== 'ECONNRESET') throw cause;
          return sendOver(fresh, call).promise;
        });
      } catch (cause) {
        const why = cause instanceof Silence ? cause.message : codeOf(cause);
        throw new PilotfishError('not-reachable', `${url} (${why})`, { cause });
      }
    },
    close() {
      kept.destroy();
      fresh.destroy();
    },
  };
}

class Silence extends Error {
  constructor(ms: number) {
    super(`no answer in ${ms / 1000} s`);
  }
}
