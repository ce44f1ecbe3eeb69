import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Clock } from '../base/clock.ts';
import type { AdmissionBounds } from '../base/connections/admission.ts';
import type { GuardStatus } from '../base/connections/guard.ts';
import { guardHttps } from '../base/connections/https-guard.ts';
import { codeOf, explain } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Cloud } from './cloud.ts';
import type { Credentials } from './config.ts';
import type { Entropy } from './core/unit.ts';
import type { Faults } from './faults.ts';
import { createBodies } from './http/bodies.ts';
import { type ControlPlane, serveControl } from './http/control.ts';
import {
  type Exchange,
  exchangeOf,
  sendFault,
  sendS3Error,
  shortenForLog,
} from './http/exchange.ts';
import { isObjectPath } from './http/object-requests.ts';
import type { ObjectStore } from './http/object-store.ts';
import { serveObject } from './http/objects.ts';
import { createWatch } from './http/watch.ts';
import { listen } from './listen.ts';
import type { ObjectFiles } from './object-files.ts';
import type { ConnectionRefusal } from './refusal-causes.ts';
import { s3Error } from './s3-errors.ts';
import type { Transport } from './transport.ts';

/** The HTTPS server: the object store for robots and operators, the control plane for operators. */
export interface HttpServer {
  readonly port: number;
  guarded(): GuardStatus;
  /** Starts serving requests. */
  attach(parts: HttpParts): void;
  close(): Promise<void>;
}

export interface HttpParts {
  readonly cloud: Cloud;
  readonly broker: Transport;
  readonly faults: Faults;
  readonly files: ObjectFiles;
  readonly credentials: Credentials;
  readonly region: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
}

/** An authenticated exchange must move data in each such interval. */
const idleMsDefault = 60_000;
/** The limit for a handshake, for the headers, and from these to a valid signature. */
const unprovenMsDefault = 10_000;

/** Listens first, because the cloud must know the port that its URLs name; `attach` follows at once. */
export async function listenHttps(options: {
  address: string | undefined;
  port: number;
  tls: { key: string; cert: string };
  bounds: AdmissionBounds;
  clock: Clock;
  idleMs?: number | undefined;
  unprovenMs?: number | undefined;
}): Promise<HttpServer> {
  const { port, address, clock, bounds } = options;
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
    ...{ bounds, clock, handshakeMsMax: unprovenMs },
    dropped: (drop) => refused(drop),
    refused: (refusal) => refused(refusal),
  });
  const localApi = { name: 'HTTPS', option: 'https-port', port, address };
  return {
    port: await listen(server, localApi),
    guarded: guard.status,
    attach(parts) {
      const { cloud, broker, entropy } = parts;
      refused = (refusal) => cloud.refused(refusal, clock.wallMs());
      const refuse: ControlPlane['refused'] = (exchange, code) => {
        guard.count(code);
        const { method, socket } = exchange.request;
        const { remoteAddress: at } = socket;
        const detail = `${method} ${shortenForLog(exchange.path)}`;
        refused({ code, detail, ...(at === undefined ? {} : { address: at }) });
      };
      const watch = (request: IncomingMessage, response: ServerResponse, answer: () => void) => {
        const { remoteAddress: at } = request.socket;
        const count = () => {
          guard.count('too-slow');
          refused({ code: 'too-slow', ...(at === undefined ? {} : { address: at }) });
        };
        return watchExchange(request, response, { count, answer });
      };
      const watchExchange = createWatch({
        clock,
        guard,
        unprovenMsMax: unprovenMs,
        windowMs: idleMs,
      });
      const bodies = createBodies();
      const listeners = () => [
        ...[broker.guarded()].flatMap((status) => (status ? [{ name: 'MQTT', ...status }] : [])),
        { name: 'HTTPS', ...guard.status() },
      ];
      const services = { ...parts, bodies, listeners, refused: refuse, publish: broker.send };
      const serve = (request: IncomingMessage, response: ServerResponse) => {
        const answer = () => sendTooSlow(exchange);
        const { prove } = watch(request, response, answer);
        const exchange = exchangeOf(request, response, { requestId: entropy(8), prove });
        void serveExchange(services, exchange);
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

/** The object store's answer to a body that stalls. */
function sendTooSlow(exchange: Exchange): void {
  if (!isObjectPath(exchange.path)) return;
  exchange.response.setHeader('connection', 'close');
  sendS3Error(exchange, s3Error('RequestTimeout'));
}

async function serveExchange(
  services: ControlPlane & ObjectStore & Pick<HttpParts, 'clock' | 'log'>,
  exchange: Exchange,
): Promise<void> {
  const { clock, log } = services;
  const { request, response } = exchange;
  request.on('error', () => response.destroy());
  const nowMs = clock.wallMs();
  response.setHeader('date', new Date(nowMs).toUTCString());
  try {
    if (isObjectPath(exchange.path)) await serveObject(services, exchange, nowMs);
    else await serveControl(services, exchange, nowMs);
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
