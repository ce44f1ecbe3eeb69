import type { Places } from '../../tools/day/places.ts';
import { createProcesses } from '../../tools/day/processes.ts';
import { createScreen } from '../../tools/day/screen.ts';
import { programsOf, robotId, type World } from '../../tools/day/world.ts';

/** What the steps of a robot's day work with, so that they bring up a robot for the tests; what they tell is not shown. */
export function silentDay(places: Places): World {
  const { signal } = new AbortController();
  return {
    options: {
      dir: places.dir,
      map: undefined,
      speed: 1,
      seed: 1,
      isFresh: false,
      staysUp: false,
      agent: undefined,
    },
    robot: robotId,
    places,
    programs: programsOf(undefined),
    processes: createProcesses(places.logs, signal),
    screen: createScreen({
      style: 'json',
      isColoured: false,
      hasLinks: false,
      columns: 80,
      write: () => {},
    }),
    signal,
  };
}
