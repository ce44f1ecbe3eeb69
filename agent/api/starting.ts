import { type RequestHandler, readRequest, refuseRequest } from '../../protocol/requests.ts';
import type { Host } from '../supervise/host.ts';

/** Answers requests until there is an agent that does: its process already knows a little. */
export const startingRequests =
  (host: Host): RequestHandler =>
  async (request) => {
    const read = readRequest(request);
    if (!read.ok) return read;
    return read.value.method === 'status'
      ? { ok: true, result: host.report() }
      : refuseRequest('starting');
  };
