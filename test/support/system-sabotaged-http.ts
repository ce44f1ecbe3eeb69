import { createHttp as create } from '../../agent/io/http.ts';
import { interruptAt } from './system-sabotage.ts';

/** Stands in for `agent/io/http.ts` in a sabotaged agent: the real client, interrupted when a map is stored. */
export const createHttp: typeof create = (options) => {
  const http = create(options);
  return {
    get: http.get,
    async put(request, signal) {
      const answer = await http.put(request, signal);
      if (answer.status === 200) interruptAt('map-stored');
      return answer;
    },
  };
};
