import { createHttp as create } from '../../agent/io/http.ts';
import { strikeAt } from './system-sabotage.ts';

/** Stands in for `agent/io/http.ts` in a sabotaged agent: the real client, and a blow when a map is stored. */
export const createHttp: typeof create = (options) => {
  const http = create(options);
  return {
    get: http.get,
    async put(path, map, grant, signal) {
      const outcome = await http.put(path, map, grant, signal);
      if (outcome.kind === 'stored') strikeAt('map-stored');
      return outcome;
    },
  };
};
