import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Clock } from '../base/clock.ts';
import { codeOf, explain } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Carrier } from './carrier.ts';
import type { Cloud } from './cloud.ts';
import type { Faults } from './faults.ts';
import { jobsRoutes } from './http/aws-jobs.ts';
import { registryRoutes } from './http/aws-registry.ts';
import { certificateRoutes } from './http/certificates.ts';
import {
  type Exchange,
  exchangeOf,
  readBody,
  sendFault,
  sendJson,
  shortened,
} from './http/exchange.ts';
import { serveObject } from './http/objects.ts';
import { pilotfishRoutes } from './http/pilotfish.ts';
import { findRoute } from './http/routes.ts';
import { listen } from './listen.ts';
import type { ObjectFiles } from './object-files.ts';
import type { Credentials, Entropy } from './ports.ts';
import { objectsPath } from './services/maps.ts';
import { payloadFits, verifySigned } from './signed-request.ts';
import { sha256Hex } from './sigv4.ts';

/** The HTTPS door: the object store for robots and operators, the control plane for operators. */
export interface HttpServer {
  readonly port: number;
  /** From now on requests are served. */
  attach(parts: HttpParts): void;
  close(): Promise<void>;
}

export interface HttpParts {
  readonly cloud: Cloud;
  readonly broker: Carrier;
  readonly faults: Faults;
  readonly files: ObjectFiles;
  readonly credentials: Credentials;
  readonly region: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
}

const routes = [...registryRoutes, ...jobsRoutes, ...pilotfishRoutes, ...certificateRoutes];
const services = ['iot', 'iotdata', 'iot-jobs-data'];
const bodyBytesMax = 1024 * 1024;
/** A connection on which nothing moves for so long is closed: each may hold an open file. */
const idleMsDefault = 120_000;

/** Listens first, because the cloud must know the port that its URLs name; `attach` follows at once. */
export async function listenHttps(options: {
  address: string | undefined;
  port: number;
  tls: { key: string; cert: string };
  idleMs?: number | undefined;
}): Promise<HttpServer> {
  const server = createServer({ ...options.tls, minVersion: 'TLSv1.2' });
  server.setTimeout(options.idleMs ?? idleMsDefault);
  const { port, address } = options;
  const door = { name: 'HTTPS', option: 'https-port', port, address };
  return {
    port: await listen(server, door),
    attach(parts) {
      const serve = (request: IncomingMessage, response: ServerResponse) =>
        void serveExchange(parts, exchangeOf(request, response, parts.entropy(8)));
      server.on('request', serve);
      // So that a bad upload is refused before its body travels.
      server.on('checkContinue', serve);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serveExchange(parts: HttpParts, exchange: Exchange): Promise<void> {
  const { clock, log, broker } = parts;
  exchange.request.on('error', () => exchange.response.destroy());
  const nowMs = clock.wallMs();
  exchange.response.setHeader('date', new Date(nowMs).toUTCString());
  try {
    if (exchange.path.startsWith(objectsPath)) {
      await serveObject({ ...parts, publish: broker.send }, exchange, nowMs);
    } else {
      await serveControl(parts, exchange, nowMs);
    }
  } catch (error) {
    const { method } = exchange.request;
    const path = shortened(exchange.path);
    log.error({ code: codeOf(error), method, path }, `HTTP: ${explain(error)}`);
    if (exchange.response.headersSent) exchange.response.destroy();
    else sendFault(exchange, { status: 500, name: 'InternalFailureException', message: 'failed' });
  }
}

async function serveControl(parts: HttpParts, exchange: Exchange, nowMs: number): Promise<void> {
  const { cloud, broker, faults, region, credentials } = parts;
  const { request, response, signed, path, query } = exchange;
  if (signed.headers['expect'] === '100-continue') response.writeContinue();
  const body = await readBody(request, bodyBytesMax);
  if (body === undefined) return;
  const bodyHash = sha256Hex(body);
  const caller = verifySigned(signed, { nowMs, region, credentials, services, bodyHash });
  if (!caller.ok || !payloadFits(caller.value.payloadHash, bodyHash)) {
    const name = caller.ok ? 'InvalidSignature' : caller.code;
    const message = caller.ok ? 'The body is not the signed one' : caller.message;
    const about = { code: name, method: request.method, path: shortened(path) };
    parts.log.warn(about, `operator refused: ${message}`);
    return sendFault(exchange, { status: 403, name: `${name}Exception`, message });
  }
  const found = findRoute(routes, request.method ?? '', path);
  if (found === undefined) {
    return sendFault(exchange, {
      status: 404,
      name: 'UnknownOperationException',
      message: `no such operation: ${request.method} ${path}`,
    });
  }
  const { service } = caller.value;
  const operator = cloud.operator;
  const ctx = { operator, broker, faults, nowMs, service, query, body, region };
  const answer = found.route.serve(ctx, ...found.segments);
  if ('fault' in answer) {
    sendFault(exchange, { status: answer.status, name: answer.fault, message: answer.message });
  } else sendJson(exchange, 200, answer.body);
}
