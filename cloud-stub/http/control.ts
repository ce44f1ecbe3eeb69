import type { Cloud } from '../cloud.ts';
import type { Credentials } from '../config.ts';
import type { Faults } from '../faults.ts';
import {
  type AuthenticationFault,
  emptyHash,
  payloadFits,
  readSignature,
  verifySigned,
} from '../signed-request.ts';
import { sha256Hex } from '../sigv4.ts';
import type { Transport } from '../transport.ts';
import { accountRoutes } from './aws-account.ts';
import { connectionRoutes } from './aws-connections.ts';
import { fleetIndexRoutes } from './aws-fleet-index.ts';
import { jobEndingRoutes } from './aws-job-endings.ts';
import { jobTargetRoutes } from './aws-job-targets.ts';
import { jobsRoutes } from './aws-jobs.ts';
import { principalRoutes } from './aws-principals.ts';
import { registryRoutes } from './aws-registry.ts';
import { thingGroupRoutes } from './aws-thing-groups.ts';
import { thingRoutes } from './aws-things.ts';
import type { Bodies } from './bodies.ts';
import { certificateRoutes } from './certificates.ts';
import { type Exchange, readBody, sendFault, sendJson } from './exchange.ts';
import { pilotfishRoutes } from './pilotfish.ts';
import { codeOfAuthentication, type HttpRefusalCode } from './refusal-codes.ts';
import { findRoute, type ProcessState, type Route, unservedHeader, unservedIn } from './routes.ts';
import { viewRoutes } from './views.ts';

/**
 * Theory of operation. Everything that can be checked is checked before a request's body is read: its length and its
 * signature's form, key, scope and date. The whole signature is checked early when there is no body, or when a signed
 * header holds the body's hash. Some of AWS's own clients leave that header out; their bodies are read first, but only
 * few and small ones at a time.
 */
export interface ControlPlane {
  readonly cloud: Cloud;
  readonly broker: Transport;
  readonly faults: Faults;
  readonly credentials: Credentials;
  readonly region: string;
  readonly bodies: Bodies;
  readonly listeners: ProcessState['listeners'];
  /** Counts a request without a valid signature, or with a body that is too large or has no room. */
  readonly refused: (exchange: Exchange, code: HttpRefusalCode) => void;
}

export const routes: readonly Route[] = [
  ...thingRoutes,
  ...thingGroupRoutes,
  ...principalRoutes,
  ...registryRoutes,
  ...connectionRoutes,
  ...jobTargetRoutes,
  ...jobsRoutes,
  ...jobEndingRoutes,
  ...accountRoutes,
  ...fleetIndexRoutes,
  ...viewRoutes,
  ...pilotfishRoutes,
  ...certificateRoutes,
];
/** `execute-api` is what older clients, such as Debian's boto3, sign for `iot`. */
const olderName = 'execute-api';
const services = ['iot', olderName, 'iotdata', 'iot-jobs-data'];
/** The largest body of any operation: the targets of a job. */
const bodyBytesMax = 1024 * 1024;
/** For a body that arrives before its signature can be checked: AWS's limit for the payload of one message. */
const unprovenBodyBytesMax = 128 * 1024;

export async function serveControl(
  plane: ControlPlane,
  exchange: Exchange,
  nowMs: number,
): Promise<void> {
  const { request, response, signed, path, query } = exchange;
  const { region, credentials } = plane;
  const { headers } = signed;
  const options = { nowMs, region, credentials, services };
  const announced = Number(headers['content-length'] ?? 0);
  const hasBody = announced > 0 || headers['transfer-encoding'] !== undefined;
  const isWhole = !hasBody || headers['x-amz-content-sha256'] !== undefined;
  const head = isWhole
    ? verifySigned(signed, { ...options, bodyHash: emptyHash })
    : readSignature(signed, options);
  if (!head.ok) return refuse(plane, exchange, head);
  if (isWhole && !exchange.prove()) return sendFault(exchange, busy);

  const bytesMax = isWhole ? bodyBytesMax : unprovenBodyBytesMax;
  const refuseTooLarge = () => {
    plane.refused(exchange, 'body-too-large');
    sendFault(exchange, tooLarge(bytesMax));
  };
  if (announced > bytesMax) return refuseTooLarge();
  // Without a length header it may be of any length.
  const bytes = hasBody ? announced || bytesMax : 0;
  const stop = new AbortController();
  const evict = () => {
    stop.abort();
    plane.refused(exchange, 'too-many-bodies');
    sendFault(exchange, busy);
  };
  using lease = plane.bodies.lease(bytes, { isProven: isWhole, evict });
  if (lease === undefined) return evict();
  if (headers['expect'] === '100-continue') response.writeContinue();
  const body = await readBody(request, bytesMax, stop.signal);
  if (response.headersSent) return;
  if (body === undefined) return refuseTooLarge();

  const bodyHash = sha256Hex(body);
  const caller = verifySigned(signed, { ...options, bodyHash });
  if (!caller.ok) return refuse(plane, exchange, caller);
  if (!payloadFits(caller.value.payloadHash, bodyHash)) {
    const message = 'The body is not the signed one';
    return refuse(plane, exchange, { code: 'InvalidSignature', message });
  }
  if (!isWhole && !exchange.prove()) return sendFault(exchange, busy);
  const service = caller.value.service === olderName ? 'iot' : caller.value.service;
  const found = findRoute(routes, { method: request.method ?? '', path, service });
  if (found === undefined) {
    const message = `no such operation: ${request.method} ${path}`;
    return sendFault(exchange, { status: 404, name: 'UnknownOperationException', message });
  }
  const principal = headers['x-amzn-principal'];
  const unserved = unservedIn(found.route, { query, body, principal }) ?? unservedHeader(headers);
  if (unserved !== undefined) {
    return sendFault(exchange, {
      ...{ status: 400, name: 'InvalidRequestException', message: unserved },
    });
  }
  const { cloud, broker, faults, listeners } = plane;
  const process: ProcessState = {
    faults,
    fleet: cloud.fleet,
    listeners,
    connections: broker.connections,
    hasConnections: broker.hasConnections,
    mqtt: broker.address,
  };
  const { route, segments } = found;
  const { result: answer, outbound } = cloud.serve(nowMs, (ctx) =>
    route.serve({ ...ctx, query, body, principal, process }, ...segments),
  );
  broker.send(outbound);
  if ('fault' in answer) {
    sendFault(exchange, { status: answer.status, name: answer.fault, message: answer.message });
  } else sendJson(exchange, 200, answer.body);
}

const busy = {
  status: 503,
  name: 'ServiceUnavailableException',
  message: 'Too many requests at once. Try again.',
};

const tooLarge = (bytesMax: number) => ({
  status: 413,
  name: 'RequestEntityTooLargeException',
  message: `The body is longer than ${bytesMax} bytes`,
});

function refuse(
  plane: ControlPlane,
  exchange: Exchange,
  { code, message }: { code: AuthenticationFault; message: string },
): void {
  plane.refused(exchange, codeOfAuthentication({ code, message }));
  sendFault(exchange, { status: 403, name: `${code}Exception`, message });
}
