import { check, type Message, type MessageName } from './codec.ts';

/** Requests to an agent: the methods, and the codes with which a request is rejected. */

/** Every method, with the schema of its parameters. */
export const methods = {
  status: 'StatusParams',
  missions: 'MissionsParams',
  renew: 'RenewParams',
  'exit-safe-mode': 'ExitSafeModeParams',
} as const satisfies Record<string, MessageName>;

export type Method = keyof typeof methods;
export type Params<M extends Method> = Message<(typeof methods)[M]>;

/** Why a request was rejected. The meaning of a word never changes. */
export const requestCodes = {
  'bad-request': 'a request is a JSON object with "method" and "params", and nothing else',
  'no-such-method': 'the agent has no such method',
  'bad-params': 'the method does not accept these parameters',
  'too-many-requests': 'too many requests are open: try again in a moment',
  'no-reply': 'there was no reply in time; the request may still be carried out',
  'not-stored': 'the store cannot be written, so nothing was done',
  starting: 'the agent is just starting: try again in a moment',
  stopped: 'the agent stopped before it replied',
  resting: 'the feature of this method is off in safe mode',
  'not-in-safe-mode': 'the agent is not in safe mode',
  'renewal-off': 'the robot does not renew its certificate by itself',
  'key-rotation': 'the key is in a token, which holds one key',
  'no-identity': 'the robot has no usable certificate',
  'renewal-under-way': 'a renewal with the same key is running: request a new key afterwards',
} as const satisfies Record<string, string>;

export type RequestCode = keyof typeof requestCodes;

/** The result of a request. A `code` not listed here is that of an underlying failure, such as `EIO`, without text. */
export type Reply =
  | { readonly ok: true; readonly result: unknown }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message?: string;
      readonly hint?: string;
    };

export type Refusal = Extract<Reply, { readonly ok: false }>;

export const refuseRequest = (code: RequestCode, message?: string, hint?: string): Refusal => ({
  ok: false,
  code,
  message: message ?? requestCodes[code],
  ...(hint !== undefined && { hint }),
});

export interface Request {
  readonly method: string;
  readonly params?: unknown;
}

/** The transport by which a request came. More can follow. */
export type Origin = 'local-socket';

/** Handles requests. It never rejects. */
export type RequestHandler = (request: Request, origin: Origin) => Promise<Reply>;

/** A request whose parameters match its method. */
export type ReadRequest = {
  readonly [M in Method]: { readonly method: M; readonly params: Params<M> };
}[Method];

/** Checks a request. Never throws. */
export function readRequest({
  method,
  params = {},
}: Request): { readonly ok: true; readonly value: ReadRequest } | Refusal {
  if (!Object.hasOwn(methods, method)) {
    return refuseRequest('no-such-method', `the agent has no method "${method.slice(0, 64)}"`);
  }
  const read = check(methods[method as Method], params);
  if (!read.ok) return refuseRequest('bad-params', `${method}: ${read.message}`);
  return { ok: true, value: { method, params: read.value } as ReadRequest };
}
