import type { Places } from '../../tools/demo/places.ts';
import { createProcesses } from '../../tools/demo/processes.ts';
import { createScreen } from '../../tools/demo/screen.ts';
import { programsOf, robotId, type World } from '../../tools/demo/world.ts';

/** A world for the demo's steps, with which the tests bring up a robot; its screen shows nothing. */
export function silentDemo(places: Places): World {
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
