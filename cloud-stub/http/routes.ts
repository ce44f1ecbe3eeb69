import type { GuardStatus } from '../../base/connections/guard.ts';
import { isObject } from '../../protocol/json.ts';
import type { Result } from '../../protocol/result.ts';
import type { Context } from '../core/unit.ts';
import type { Faults } from '../faults.ts';
import { executionStatuses, targetSelections } from '../job-rows.ts';
import type { FleetIndex } from '../services/fleet-index.ts';

/** What a route of the control plane works with: one unit of work, and its request. */
export interface RouteContext extends Context {
  readonly query: URLSearchParams;
  readonly body: Buffer;
  /** The header `x-amzn-principal`. */
  readonly principal?: string | undefined;
  readonly process: ProcessState;
}

/** What is not in the store, because it ends with the process. */
export interface ProcessState {
  readonly faults: Faults;
  readonly fleet: Pick<FleetIndex, 'search' | 'rebuild' | 'state'>;
  /** What the ports have admitted and refused. */
  readonly listeners: () => readonly ListenerStatus[];
  /** Where robots reach the broker. */
  readonly mqtt: { readonly host: string; readonly port: number };
  /** Where robots reach the operations that they may call over HTTPS; undefined where they cannot. */
  readonly deviceHttps?: { readonly host: string; readonly port: number } | undefined;
  /** The number of robots that count as connected. */
  readonly connections: () => number;
  /** The stub can close the robots' connections: they are not connected to an outside broker. */
  readonly hasConnections: boolean;
}

export interface ListenerStatus extends GuardStatus {
  /** `MQTT`, `HTTPS` or `device HTTPS`. */
  readonly name: string;
}

/** AWS has arguments in headers, too. */
export type ServedHeader = 'x-amzn-principal';

export type Reply =
  | { readonly status: 200; readonly body: unknown }
  | { readonly status: number; readonly fault: string; readonly message: string };

export interface Route {
  /** AWS's name for it; undefined: our own. */
  readonly operation?: string;
  /** The service of the signature's scope (`iot`, `iotdata`, `iot-jobs-data`), where two services share a path; undefined: any. */
  readonly service?: string;
  readonly method: string;
  /** Path segments; `{}` matches any one, decoded, as an argument. */
  readonly path: string;
  /** The last argument is the rest of the path, whether or not its slashes are encoded. */
  readonly takesRest?: true;
  /**
   * A robot may call it with its certificate: `publish` on its own topics, the others for its own thing, which is the
   * first argument. It is metered as a message of that service.
   */
  readonly device?: 'publish' | 'shadow' | 'jobs';
  /** The query parameters that the operation serves; all others are rejected. */
  readonly query?: readonly string[];
  /** The headers that it serves besides those that every request has. */
  readonly headers?: readonly ServedHeader[];
  /**
   * The members of the JSON body that it serves; `raw`: the service reads the body itself. Without it only an empty
   * body, or an empty object, is accepted.
   */
  readonly body?: readonly string[] | 'raw';
  /** The forms of parameters that are not the same for every operation. */
  readonly forms?: Readonly<Record<string, Form>>;
  readonly serve: (ctx: RouteContext, ...segments: string[]) => Reply;
}

export const reply = (body: unknown): Reply => ({ status: 200, body });

/** AWS's exceptions and their statuses. */
const faults = {
  InvalidRequest: 400,
  InvalidQuery: 400,
  CertificateValidation: 400,
  RegistrationCodeValidation: 400,
  Forbidden: 403,
  ResourceNotFound: 404,
  MethodNotAllowed: 405,
  ResourceAlreadyExists: 409,
  InvalidStateTransition: 409,
  VersionConflict: 409,
  Conflict: 409,
  CertificateState: 406,
  DeleteConflict: 409,
  TerminalState: 410,
  LimitExceeded: 410,
  Throttling: 429,
  RequestEntityTooLarge: 413,
  UnsupportedDocumentEncoding: 415,
  InternalFailure: 500,
} as const;

export type Fault = keyof typeof faults;

export const fault = (name: Fault, message: string): Reply => ({
  status: faults[name],
  fault: `${name}Exception`,
  message,
});

/** The reply of an operation whose response has no members. */
export const ended = (result: Result<unknown, Fault>): Reply =>
  result.ok ? reply({}) : fault(result.code, result.message);

/** The route for a request, and its path arguments; undefined when there is none. */
export function findRoute(
  routes: readonly Route[],
  { method, path, service }: { method: string; path: string; service: string },
): { route: Route; segments: string[] } | undefined {
  const given = path.split('/');
  for (const route of routes) {
    const pattern = route.path.split('/');
    if (route.service !== undefined && route.service !== service) continue;
    const parts = route.takesRest ? joinRest(given, pattern.length) : given;
    if (route.method !== method || pattern.length !== parts.length) continue;
    if (!pattern.every((segment, i) => segment === '{}' || segment === parts[i])) continue;
    return { route, segments: parts.filter((_, i) => pattern[i] === '{}').map(decode) };
  }
  return undefined;
}

const joinRest = (parts: readonly string[], count: number): string[] =>
  parts.length <= count
    ? [...parts]
    : [...parts.slice(0, count - 1), parts.slice(count - 1).join('/')];

/** Why there is no route for a request. AWS's data plane tells a path that it has from one that it has not. */
export function missingRoute(
  routes: readonly Route[],
  request: { method: string; path: string; service: string },
): Extract<Reply, { readonly fault: string }> {
  const message = `no such operation: ${request.method} ${request.path}`;
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  const isKnown =
    request.service === 'iotdata' &&
    methods.some((method) => findRoute(routes, { ...request, method }) !== undefined);
  return isKnown
    ? { status: 405, fault: 'MethodNotAllowedException', message }
    : { status: 404, fault: 'UnknownOperationException', message };
}

export interface Form {
  readonly isValid: (value: string) => boolean;
  readonly expected: string;
}

const pageMax = 250;
const pageSize: Form = {
  isValid: (value) => /^\d{1,3}$/.test(value) && Number(value) >= 1 && Number(value) <= pageMax,
  expected: `1 to ${pageMax}`,
};
const position: Form = { isValid: (value) => /^\d{1,9}$/.test(value), expected: 'a whole number' };
const flag: Form = { isValid: (value) => /^(true|false)$/.test(value), expected: 'true or false' };

const groupName: Form = {
  isValid: (value) => /^[a-zA-Z0-9:_-]{1,128}$/.test(value),
  expected: '[a-zA-Z0-9:_-]{1,128}',
};

export function oneOf(words: readonly string[]): Form {
  return { isValid: (value) => words.includes(value), expected: words.join(' | ') };
}

/** AWS's parameters: any other value would pass for one that the caller did not mean. */
const forms: Readonly<Record<string, Form>> = {
  ...{ maxResults: pageSize, pageSize, nextToken: position, marker: position },
  ...{ force: flag, includeJobDocument: flag, executionNumber: position },
  ...{ includeSocketInformation: flag, cleanSession: flag, preventWillMessage: flag },
  ...{ retain: flag, qos: { isValid: (value) => /^[01]$/.test(value), expected: '0 or 1' } },
  ...{ expectedVersion: position, usePrefixAttributeValue: flag, forceDelete: flag },
  ...{ setAsActive: flag, allowAutoRegistration: flag },
  ...{ namePrefixFilter: groupName, thingGroupName: groupName },
  status: oneOf(executionStatuses),
  targetSelection: oneOf(targetSelections),
};

/**
 * What of a request its operation would ignore, as a message; undefined when there is nothing. A script that relies on
 * a field that has no effect here would be wrong about its test.
 */
export function unservedIn(
  route: Route,
  { query, body, principal }: Pick<RouteContext, 'query' | 'body' | 'principal'>,
): string | undefined {
  const { query: parameters = [], body: members = [], headers = [] } = route;
  const operation = route.operation ?? `${route.method} ${route.path}`;
  if (principal !== undefined && !headers.includes('x-amzn-principal')) {
    return `${operation} does not serve the header x-amzn-principal`;
  }
  const parameter = [...query.keys()].find((name) => !parameters.includes(name));
  if (parameter !== undefined) return `${operation} does not serve the parameter ${parameter}`;
  for (const [name, value] of query) {
    const form = route.forms?.[name] ?? forms[name];
    if (form?.isValid(value) === false) return `${name} must be ${form.expected}`;
  }
  if (members === 'raw' || body.length === 0) return undefined;
  const given = readJson(body);
  if (given === undefined) return 'the body is not a JSON object';
  const member = Object.keys(given).find((name) => !members.includes(name));
  return member === undefined ? undefined : `${operation} does not serve the member ${member}`;
}

/** AWS's properties of MQTT 5 travel in headers; robots here speak MQTT 3.1.1. */
export function unservedHeader(headers: Readonly<Record<string, string>>): string | undefined {
  const header = Object.keys(headers).find((name) => name.startsWith('x-amz-mqtt5-'));
  return header === undefined ? undefined : `the header ${header} is not served`;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The body as a JSON object; undefined when it is not one. */
export function readJson(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** One page of a list, by AWS's `maxResults` (or `pageSize`) and `nextToken` (or `marker`). */
export function pageOf<T>(
  items: readonly T[],
  query: URLSearchParams,
): { page: T[]; next: string | undefined } {
  const size = Number(query.get('maxResults') ?? query.get('pageSize') ?? pageMax);
  const start = Number(query.get('nextToken') ?? query.get('marker') ?? 0);
  const end = start + size;
  return { page: items.slice(start, end), next: end < items.length ? String(end) : undefined };
}
