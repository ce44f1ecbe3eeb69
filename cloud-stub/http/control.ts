import type { Clock } from '../../base/clock.ts';
import type { Credentials } from '../config.ts';
import {
  type AuthenticationFault,
  emptyHash,
  payloadFits,
  readSignature,
  verifySigned,
} from '../signed-request.ts';
import { sha256Hex } from '../sigv4.ts';
import { accountRoutes } from './aws-account.ts';
import { authorityRoutes } from './aws-authorities.ts';
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
import { busy, type Exchange, readBody, sendFault, sendReply, tooLarge } from './exchange.ts';
import { pilotfishRoutes } from './pilotfish.ts';
import { codeOfAuthentication, type HttpRefusalCode } from './refusal-codes.ts';
import { findRoute, missingRoute, type Route } from './routes.ts';
import { type RoutePlane, runRoute } from './run-route.ts';
import { viewRoutes } from './views.ts';

/**
 * Theory of operation. Everything that can be checked is checked before a request's body is read: its length and its
 * signature's form, key, scope and date. The whole signature is checked early when there is no body, or when a signed
 * header holds the body's hash. Some of AWS's own clients leave that header out; their bodies are read first, but only
 * few and small ones at a time.
 */
export interface ControlPlane extends RoutePlane {
  readonly credentials: Credentials;
  readonly region: string;
  readonly bodies: Bodies;
  readonly clock: Pick<Clock, 'wallMs'>;
  /** Counts a request without a valid signature, or with a body that is too large or has no room. */
  readonly refused: (exchange: Exchange, code: HttpRefusalCode) => void;
}

export const routes: readonly Route[] = [
  ...thingRoutes,
  ...thingGroupRoutes,
  ...principalRoutes,
  ...registryRoutes,
  ...authorityRoutes,
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
  const sought = { method: request.method ?? '', path, service };
  const found = findRoute(routes, sought);
  if (found === undefined) return sendReply(exchange, missingRoute(routes, sought));
  const { route, segments } = found;
  // The body may have taken long.
  const atMs = hasBody ? plane.clock.wallMs() : nowMs;
  sendReply(exchange, runRoute(plane, { route, segments, query, body, headers }, atMs));
}

function refuse(
  plane: ControlPlane,
  exchange: Exchange,
  { code, message }: { code: AuthenticationFault; message: string },
): void {
  plane.refused(exchange, codeOfAuthentication({ code, message }));
  sendFault(exchange, { status: 403, name: `${code}Exception`, message });
}
