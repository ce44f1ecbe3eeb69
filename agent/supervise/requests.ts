import type { RequestContext } from '../request-context.ts';

export const superviseRequests = {
  /** All that the agent and its process know of themselves. */
  status: {
    answer: async (_params: object, { host, report }: RequestContext) => ({
      ...host.report(),
      ...((await report()) as object),
    }),
  },

  /** The process ends safe mode, and its supervisor starts the agent whole. */
  'exit-safe-mode': {
    answer(_params: object, { host, robot }: RequestContext) {
      host.leaveSafeMode();
      return { robot };
    },
  },
};
