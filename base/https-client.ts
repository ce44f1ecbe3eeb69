import { createReadStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { codeOf, PilotfishError } from './errors.ts';

/** One HTTPS request with a whole answer, over kept-alive connections. */
export interface HttpsClient {
  /**
   * Throws `not-reachable` when there is no answer (its `cause` has Node's code) or no byte has moved for
   * `silenceMsMax`, `answer-too-long`, or the reason of `signal`.
   */
  send(call: HttpsCall, signal?: AbortSignal): Promise<HttpsAnswer>;
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

export interface HttpsOptions {
  /** A client certificate with its chain, and its key: PEM. */
  readonly cert?: string;
  readonly key?: string | Buffer;
  readonly silenceMsMax?: number;
  readonly answerBytesMax?: number;
}

/**
 * A server answers within a second. A stopped one, or one behind a dead tunnel, would keep its connections open for
 * ever.
 */
const silenceMsUsual = 30_000;
const headerBytesMax = 16_384;

/**
 * A client for `url` that trusts only the CA certificates `ca` (PEM). It follows no redirect.
 *
 * A server closes a connection that was idle too long, perhaps while a request is being sent. That request is retried
 * over a fresh connection. A request that must not be repeated (POST) never uses a kept-alive connection.
 */
export function createHttpsClient(
  url: string,
  ca: string,
  {
    silenceMsMax = silenceMsUsual,
    answerBytesMax = Number.POSITIVE_INFINITY,
    ...credentials
  }: HttpsOptions = {},
): HttpsClient {
  const tls = { ca, ...credentials, minVersion: 'TLSv1.2' } as const;
  const kept = new Agent({ keepAlive: true, ...tls });
  const fresh = new Agent(tls);
  const { hostname, port } = new URL(url);
  const address = { hostname: hostname.replace(/^\[|\]$/g, ''), port };

  const sendOver = (agent: Agent, call: HttpsCall, signal: AbortSignal | undefined) => {
    const { method, target, headers, body } = call;
    const { promise, resolve, reject } = Promise.withResolvers<HttpsAnswer>();
    const outgoing = request(
      {
        ...{ ...address, agent, method, headers, path: target, maxHeaderSize: headerBytesMax },
        ...(signal && { signal }),
        // Counts from the first packet on, including the handshake.
        timeout: silenceMsMax,
      },
      (response) => void readAnswer(response, answerBytesMax).then(resolve, reject),
    );
    outgoing.on('error', reject);
    outgoing.on('timeout', () => outgoing.destroy(new Silence(silenceMsMax)));
    if (typeof body === 'string') pipeline(createReadStream(body), outgoing).catch(reject);
    else outgoing.end(body);
    return { promise, wasKept: () => outgoing.reusedSocket };
  };

  return {
    async send(call, signal) {
      const first = sendOver(call.method === 'POST' ? fresh : kept, call, signal);
      try {
        return await first.promise.catch((cause: unknown) => {
          if (!first.wasKept() || codeOf(cause) !== 'ECONNRESET') throw cause;
          return sendOver(fresh, call, signal).promise;
        });
      } catch (cause) {
        signal?.throwIfAborted();
        if (cause instanceof PilotfishError) throw cause;
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

async function readAnswer(response: IncomingMessage, bytesMax: number): Promise<HttpsAnswer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bytesMax) {
      throw new PilotfishError('answer-too-long', `more than ${bytesMax} bytes of answer`);
    }
    parts.push(part);
  }
  const { statusCode: status = 0, headers } = response;
  return { status, headers, body: Buffer.concat(parts) };
}

class Silence extends Error {
  constructor(ms: number) {
    super(`no answer in ${ms / 1000} s`);
  }
}
