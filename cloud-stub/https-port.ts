import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { Clock } from '../base/clock.ts';
import type { AdmissionBounds } from '../base/connections/admission.ts';
import type { Guard } from '../base/connections/guard.ts';
import { guardHttps } from '../base/connections/https-guard.ts';
import { codeOf, explain } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type Exchange, exchangeOf, sendFault, shortenForLog } from './http/exchange.ts';
import { createWatch } from './http/watch.ts';
import { type LocalApi, listen } from './listen.ts';
import type { ConnectionRefusal } from './refusal-causes.ts';

/** An HTTPS server with bounds for its connections, and for the time of each step of a peer. */
export interface HttpsPort {
  readonly port: number;
  readonly server: Server;
  readonly guard: Guard;
  /** Starts serving requests. */
  attach(service: HttpsService): void;
  close(): Promise<void>;
}

export interface HttpsService {
  readonly clock: Clock;
  readonly log: Log;
  /** A new request's id; with `isTraced` it is in the body of each error, too. */
  readonly requestId: () => string;
  readonly isTraced?: boolean;
  /** On how many connections one owner may have exchanges in progress. */
  readonly perOwnerMax?: number;
  readonly refused: (refusal: ConnectionRefusal) => void;
  readonly serve: (exchange: Exchange, nowMs: number) => Promise<void>;
  /** Answers an authenticated peer whose body stalls; the connection closes after it. */
  readonly answerTooSlow?: (exchange: Exchange) => void;
}

export interface HttpsPortOptions extends LocalApi {
  readonly tls: ServerOptions;
  readonly bounds: AdmissionBounds;
  readonly clock: Clock;
  /** An authenticated exchange must move data in each such interval; a minute by default. */
  readonly idleMs?: number | undefined;
  /** The limit for a handshake, for the headers, and from these to the proof of identity; 10 s by default. */
  readonly unprovenMs?: number | undefined;
  /** What `watchTlsRefusals` counts exactly is not counted here again. */
  readonly hasTlsWatch?: boolean;
}

const idleMsDefault = 60_000;
const unprovenMsDefault = 10_000;

/** Listens first and serves from `attach` on, which follows at once: the port may be part of what is served. */
export async function openHttpsPort(options: HttpsPortOptions): Promise<HttpsPort> {
  const { clock, bounds, hasTlsWatch = false } = options;
  const { idleMs = idleMsDefault, unprovenMs = unprovenMsDefault } = options;
  const server = createServer({
    ...options.tls,
    minVersion: 'TLSv1.2',
    headersTimeout: unprovenMs,
    // The exchange itself limits the time of its body: a map upload may take long.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(1000, unprovenMs),
  });
  // A last timeout, longer than all others, for a socket that no longer belongs to an exchange.
  server.setTimeout(2 * Math.max(idleMs, unprovenMs));
  let refused = (_refusal: ConnectionRefusal) => {};
  const guard = guardHttps(server, {
    ...{ bounds, clock, hasTlsWatch, handshakeMsMax: unprovenMs },
    dropped: (drop) => refused(drop),
    refused: (refusal) => refused(refusal),
  });
  return {
    port: await listen(server, options),
    server,
    guard,
    attach(service) {
      refused = service.refused;
      const times = { unprovenMsMax: unprovenMs, windowMs: idleMs };
      const watch = createWatch({ clock, guard, ...times, perOwnerMax: service.perOwnerMax });
      const serve = (request: IncomingMessage, response: ServerResponse) => {
        const { remoteAddress: at } = request.socket;
        const count = () => {
          guard.count('too-slow');
          refused({ code: 'too-slow', ...(at === undefined ? {} : { address: at }) });
        };
        const answer = () => service.answerTooSlow?.(exchange);
        const { prove } = watch(request, response, { count, answer });
        const [requestId, isTraced] = [service.requestId(), service.isTraced ?? false];
        const exchange = exchangeOf(request, response, { requestId, isTraced, prove });
        void serveExchange(service, exchange);
      };
      server.on('request', serve);
      // So that an invalid upload is rejected before its body is sent.
      server.on('checkContinue', serve);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      guard.destroyAll();
      await closed;
    },
  };
}

async function serveExchange(
  { clock, log, serve }: HttpsService,
  exchange: Exchange,
): Promise<void> {
  const { request, response } = exchange;
  request.on('error', () => response.destroy());
  const nowMs = clock.wallMs();
  response.setHeader('date', new Date(nowMs).toUTCString());
  try {
    await serve(exchange, nowMs);
  } catch (error) {
    // A client that leaves in the middle of a body is not our fault, and may do so any number of times.
    if (request.destroyed && !request.complete) return;
    const { method } = request;
    const path = shortenForLog(exchange.path);
    log.error({ code: codeOf(error), method, path }, `HTTP: ${explain(error)}`);
    if (response.headersSent) response.destroy();
    else sendFault(exchange, { status: 500, name: 'InternalFailureException', message: 'failed' });
  }
}
