import { createHttp as create } from '../../agent/io/http.ts';
import { strikeAt } from './system-sabotage.ts';

/** Stands in for `agent/io/http.ts` in a sabotaged agent: the real client, and a blow when a map is stored. */
export const createHttp: typeof create = (options) => {
  const http = create(options);
  return {
    get: http.get,
    async put(request, signal) {
      const answer = await http.put(request, signal);
      if (answer.status === 200) strikeAt('map-stored');
      return answer;
    },
  };
};
