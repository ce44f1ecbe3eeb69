import { codeOf, PilotfishError } from '../../base/errors.ts';
import {
  type Method,
  type Origin,
  type Params,
  type ReadRequest,
  type Refusal,
  type Reply,
  type Request,
  type RequestHandler,
  readRequest,
  refuseRequest,
} from '../../protocol/requests.ts';
import type { Event } from '../events.ts';
import type { Json } from './machine.ts';
import type { Journal, Time } from './ports.ts';

/**
 * How a feature serves a method. A request that may change state becomes the event `request/METHOD`; the machine
 * replies by the effect `reply`. A read-only request is served by a query over the current state.
 */
export type Served<M extends Method, Context> =
  | { readonly machine: string }
  | { readonly answer: (params: Params<M>, context: Context) => Json | Promise<Json> };

export type Services<Context> = { readonly [M in Method]: Served<M, Context> };

export interface Requests {
  readonly request: RequestHandler;
  /** Delivers a machine's reply, after the commit of its turn. */
  reply(id: string, reply: Reply): void;
  /** Answers all open requests: the agent has stopped. */
  stop(): void;
}

export interface RequestParts<Context> {
  readonly services: Services<Context>;
  /** The names of the running machines. */
  readonly machines: readonly string[];
  readonly context: Context;
  readonly time: Pick<Time, 'after'>;
  readonly journal: Pick<Journal, 'count'>;
  deliver(event: Event): void;
}

export const openRequestsMax = 16;
/** A key in a token may take ten seconds to fail; the command line waits for fifteen. */
export const replyMsMax = 12_000;

/**
 * Theory of operation. A request is checked, gets an id, and is open until its reply. A machine's reply is an effect of
 * its turn and is sent after the commit, so no reply reveals what was not stored. A request whose turn could not be
 * stored is rejected with `not-stored` and not retried. At most 16 requests are open, each for 12 s; later replies are
 * counted.
 */
export function createRequests<Context>(parts: RequestParts<Context>): Requests {
  const { services, machines, context, time, journal, deliver } = parts;
  const open = new Map<string, (reply: Reply) => void>();
  let count = 0;
  let isStopped = false;

  const reply = (id: string, answer: Reply): void => {
    const resolve = open.get(id);
    if (resolve === undefined) return journal.count('stale-reply');
    open.delete(id);
    resolve(answer);
  };

  const serve = (id: string, { method, params }: ReadRequest, origin: Origin): void => {
    const service = services[method] as Served<typeof method, Context>;
    if ('machine' in service) {
      if (!machines.includes(service.machine)) return reply(id, refuseRequest('resting'));
      return deliver({ type: `request/${method}`, id, origin, params } as Event);
    }
    const { answer } = service as { answer: (given: unknown, with_: Context) => unknown };
    void Promise.resolve()
      .then(() => answer(params, context))
      .then(
        (result) => reply(id, { ok: true, result: result ?? null }),
        (error: unknown) => reply(id, refusalOf(error)),
      );
  };

  const refuse = (answer: Refusal): Promise<Reply> => {
    journal.count('request-refused', answer.code);
    return Promise.resolve(answer);
  };

  return {
    request(given: Request, origin: Origin) {
      const read = readRequest(given);
      if (!read.ok) return refuse(read);
      if (isStopped) return refuse(refuseRequest('stopped'));
      if (open.size >= openRequestsMax) return refuse(refuseRequest('too-many-requests'));
      const id = `${++count}`;
      return new Promise((resolve) => {
        const cancel = time.after(replyMsMax, () => reply(id, refuseRequest('no-reply')));
        open.set(id, (answer) => {
          cancel();
          resolve(answer);
        });
        serve(id, read.value, origin);
      });
    },
    reply,
    stop() {
      isStopped = true;
      for (const id of [...open.keys()]) reply(id, refuseRequest('stopped'));
    },
  };
}

/** Messages of our own errors are meant for people; the text of other errors is not passed on. */
const refusalOf = (error: unknown): Reply => {
  if (!(error instanceof PilotfishError)) return { ok: false, code: codeOf(error) };
  const { code, message, hint } = error;
  return { ok: false, code, message, ...(hint !== undefined && { hint }) };
};
