import type { RequestContext } from '../request-context.ts';

export const superviseRequests = {
  /** The full status of the agent and its process. */
  status: {
    answer: async (_params: object, { host, report }: RequestContext) => ({
      ...host.report(),
      ...((await report()) as object),
    }),
  },

  /** The process exits safe mode, and its supervisor starts the complete agent. */
  'exit-safe-mode': {
    answer(_params: object, { host, robot }: RequestContext) {
      host.exitSafeMode();
      return { robot };
    },
  },
};
