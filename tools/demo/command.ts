import { resolve } from 'node:path';
import { type CliIo, type Command, command } from '../../base/command.ts';
import { runDemo } from './demo.ts';
import { speedFor } from './floor.ts';
import { usualDir } from './places.ts';
import { createScreen, type ScreenOptions } from './screen.ts';
import { knowsHyperlinks } from './text.ts';

/** What the demo needs of the process that it runs in. */
export interface AboutProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** The width of the terminal, where there is one. */
  readonly columns: number | undefined;
  readonly write: (text: string) => void;
  /** Arranges for `work` to be done when the process ends, however it ends. */
  readonly atExit: (work: () => void) => void;
}

/** `npm start`: the demo, from the factory to an update that fails, by the four command lines as processes. */
export const demoCommand = (about: AboutProcess): Command =>
  command({
    summary: 'one robot from its factory to a failed update, shown step by step',
    options: {
      map: {
        type: 'string',
        value: 'FILE',
        describe: "the floor: a ROS map_server YAML file; without, the project's own plan",
      },
      fresh: {
        type: 'boolean',
        describe: 'start with an empty folder: remove what earlier runs left',
      },
      stay: { type: 'boolean', describe: 'keep everything running at the end, until Ctrl-C' },
      dir: {
        type: 'string',
        value: 'DIR',
        default: usualDir,
        describe: 'the folder of everything that the demo writes',
      },
      seed: {
        type: 'integer',
        default: 1,
        min: 0,
        max: 2 ** 31,
        describe: 'decides about mishaps',
      },
      speed: {
        type: 'number',
        min: 1,
        max: 2000,
        describe:
          "how many times as fast as the wall's the body's clock runs; without, as the floor needs",
      },
      json: { type: 'boolean', describe: 'one JSON line per step, for programs' },
      agent: {
        type: 'string',
        value: 'FILE',
        describe: 'a packaged agent instead of the sources; also PILOTFISH_AGENT',
      },
    },
    run: async (options, io) => {
      // Always called, since it also checks the map.
      const speed = await speedFor(options.map);
      return runDemo(
        {
          ...options,
          speed: options.speed ?? speed,
          agent: absolutePath(options.agent ?? about.env['PILOTFISH_AGENT']),
          isFresh: options.fresh,
          staysUp: options.stay,
        },
        {
          screen: createScreen(screenOptions(options.json, io, about)),
          signal: io.signal,
          pid: about.pid,
          atExit: about.atExit,
        },
      );
    },
  });

const absolutePath = (path: string | undefined) => (path ? resolve(path) : undefined);

function screenOptions(isJson: boolean, io: CliIo, about: AboutProcess): ScreenOptions {
  const people = io.isTerminal ? 'terminal' : 'plain';
  return {
    style: isJson ? 'json' : people,
    isColoured: io.isTerminal && !about.env['NO_COLOR'],
    hasLinks: knowsHyperlinks(about.env),
    columns: about.columns ?? 80,
    write: about.write,
  };
}
