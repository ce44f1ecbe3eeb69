import { type RequestHandler, readRequest, refuseRequest } from '../../protocol/requests.ts';
import type { Host } from '../supervise/host.ts';

/** Answers requests until the agent has started, with what its process already knows. */
export const startingRequests =
  (host: Host): RequestHandler =>
  async (request) => {
    const read = readRequest(request);
    if (!read.ok) return read;
    return read.value.method === 'status'
      ? { ok: true, result: host.report() }
      : refuseRequest('starting');
  };
