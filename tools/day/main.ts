#!/usr/bin/env node
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { runCli } from '../../base/cli.ts';
import { type CliIo, command } from '../../base/command.ts';
import { openStdio } from '../../base/stdio.ts';
import about from '../../package.json' with { type: 'json' };
import { runDay } from './day.ts';
import { speedFor } from './floor.ts';
import { usualDir } from './places.ts';
import { createScreen, type ScreenOptions } from './screen.ts';
import { knowsHyperlinks } from './text.ts';

/** `npm start`: a robot's day, from the factory to an update that fails, by the four command lines as processes. */

const day = command({
  summary: "a robot's day, shown as it happens",
  options: {
    map: {
      type: 'string',
      value: 'FILE',
      describe: "the floor: a ROS map_server YAML file; without, the project's own plan",
    },
    fresh: { type: 'boolean', describe: 'begin anew: remove what earlier days left' },
    stay: { type: 'boolean', describe: 'keep everything running at the end, until Ctrl-C' },
    dir: { type: 'string', value: 'DIR', default: usualDir, describe: 'where it all lives' },
    seed: { type: 'number', default: 1, min: 0, max: 2 ** 31, describe: 'decides about mishaps' },
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
    // Asked for in any case: it finds out about a map that cannot be.
    const speed = await speedFor(options.map);
    return runDay(
      {
        ...options,
        speed: options.speed ?? speed,
        agent: absolute(options.agent ?? process.env['PILOTFISH_AGENT']),
        isFresh: options.fresh,
        staysUp: options.stay,
      },
      {
        screen: createScreen(screenOptions(options.json, io)),
        signal: io.signal,
        pid: process.pid,
        atExit,
      },
    );
  },
});

const absolute = (path: string | undefined) => (path ? resolve(path) : undefined);

function screenOptions(isJson: boolean, io: CliIo): ScreenOptions {
  const people = io.isTerminal ? 'terminal' : 'plain';
  return {
    style: isJson ? 'json' : people,
    isColoured: io.isTerminal && !process.env['NO_COLOR'],
    hasLinks: knowsHyperlinks(process.env),
    columns: process.stdout.columns ?? 80,
    write: stdio.write,
  };
}

/** However this process ends, short of SIGKILL, nothing that it started goes on. */
const atExit = (work: () => void) => void process.on('exit', work);

const stop = new AbortController();
/** The first signal counts, as it does for the exit code. */
const stopBy = (name: NodeJS.Signals) => stop.abort(name);
for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, stopBy);
process.on('SIGINT', interrupt);
if (process.env['npm_lifecycle_event'] !== undefined) stopWithParent();

/** One Ctrl-C can come twice: from the terminal, and passed on by npm. */
const sameMs = 500;
let interruptedMs: number | undefined;

/** Asked once, the day ends in order, which can take some seconds; asked again, at once. */
function interrupt(): void {
  const nowMs = performance.now();
  if (interruptedMs !== undefined && nowMs - interruptedMs > sameMs) {
    process.exit(128 + constants.signals.SIGINT);
  }
  interruptedMs ??= nowMs;
  stopBy('SIGINT');
}

/** npm, asked to end, ends its shell and not what runs in it. */
function stopWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stopBy('SIGTERM');
  }, 250).unref();
}

// Whoever read the day's story may go before its end; then the day is stopped.
const stdio = openStdio(stop);
const io: CliIo = { ...stdio, argv: ['--', ...process.argv.slice(2)], signal: stop.signal };
// The name and the word together are what one types.
const program = { name: 'npm start', version: about.version, summary: '', commands: { '--': day } };
void runCli(program, io).then(async (code) => {
  const number = constants.signals[stop.signal.reason as NodeJS.Signals] as number | undefined;
  // As a shell tells of what a signal has ended: 130 for Ctrl-C.
  const isStopped = code === 1 && number !== undefined;
  process.exitCode = await stdio.settle(isStopped ? 128 + number : code, program.name);
});
