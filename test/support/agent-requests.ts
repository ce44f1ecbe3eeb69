import { codeOf, PilotfishError } from '../../base/errors.ts';
import { type Request, type RequestHandler, refuseRequest } from '../../protocol/requests.ts';

export type Answers = Readonly<Record<string, (params: Request['params']) => unknown>>;

/** An agent that answers nothing else: the request handler of these functions, which may throw. */
export const requestsOf =
  (answers: Answers): RequestHandler =>
  async ({ method, params }) => {
    if (!Object.hasOwn(answers, method)) return refuseRequest('no-such-method');
    try {
      return { ok: true, result: (await answers[method]?.(params)) ?? null };
    } catch (error) {
      if (!(error instanceof PilotfishError)) return { ok: false, code: codeOf(error) };
      const { code, message, hint } = error;
      return { ok: false, code, message, ...(hint !== undefined && { hint }) };
    }
  };
