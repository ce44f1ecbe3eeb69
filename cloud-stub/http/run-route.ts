import type { Cloud } from '../cloud.ts';
import type { Transport } from '../transport.ts';
import {
  fault,
  type ProcessState,
  type Reply,
  type Route,
  unservedHeader,
  unservedIn,
} from './routes.ts';

/** What every route needs, whoever calls it. */
export interface RoutePlane {
  readonly cloud: Cloud;
  readonly broker: Transport;
  readonly process: ProcessState;
}

export interface RouteCall {
  readonly route: Route;
  /** The path's arguments. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Buffer;
  /** All headers, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Why the call would be ignored in part; undefined when it is served as a whole. */
export function unservedPart({ route, query, body, headers }: Omit<RouteCall, 'segments'>) {
  const principal = headers['x-amzn-principal'];
  const message = unservedIn(route, { query, body, principal }) ?? unservedHeader(headers);
  return message === undefined ? undefined : fault('InvalidRequest', message);
}

/** Runs a route as one unit of work, and sends what it emitted before its reply is returned. */
export function runRoute(plane: RoutePlane, call: RouteCall, nowMs: number): Reply {
  const unserved = unservedPart(call);
  if (unserved !== undefined) return unserved;
  const { cloud, broker, process } = plane;
  const { route, segments, query, body, headers } = call;
  const principal = headers['x-amzn-principal'];
  const { result, outbound } = cloud.serve(nowMs, (ctx) =>
    route.serve({ ...ctx, query, body, principal, process }, ...segments),
  );
  broker.send(outbound);
  return result;
}
