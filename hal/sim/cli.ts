import { join, resolve } from 'node:path';
import { abortedWithStdin, json, untilStdinEnds, usage } from '../../base/cli.ts';
import { type CliIo, type Command, command } from '../../base/command.ts';
import { codeOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { BENCH_DEEDS } from './bench.ts';
import { flashSlot } from './flash.ts';
import { type RunOptions, runBoard } from './run.ts';
import { connectLines } from './wire/link.ts';

/** What the commands need of their process. */
export interface Host extends Pick<RunOptions, 'env' | 'sendSignal' | 'pid'> {
  readonly createLog: () => Log;
}

/** The commands of `sim-board`. */
export function commands(host: Host): Record<string, Command> {
  return { run: run(host), flash: flash(host), bench };
}

const dir = {
  type: 'string',
  value: 'DIR',
  required: true,
  describe: "the board's folder: slots, memory, sockets; flash makes it",
} as const;

const run = (host: Host) =>
  command({
    summary: 'switch the board on; SIGTERM switches it off',
    options: {
      dir,
      map: { type: 'string', value: 'FILE', describe: 'the floor: a ROS map_server YAML file' },
      speed: {
        type: 'number',
        default: 150,
        min: 0.1,
        max: 5000,
        describe: "how many times as fast as the wall's the body's clock runs",
      },
      seed: {
        type: 'integer',
        default: 1,
        min: 0,
        max: 2 ** 31,
        describe: 'decides about mishaps',
      },
      'agent-config': {
        type: 'string',
        value: 'FILE',
        describe: "the agent's configuration, a JSON file",
      },
      'clock-file': {
        type: 'string',
        value: 'FILE',
        describe: "what the board's clock shows at power-on, in libfaketime's words",
      },
      'clock-locked': { type: 'boolean', describe: 'the board refuses to set that clock' },
      'watchdog-s': {
        type: 'number',
        default: 20,
        min: 0.1,
        max: 3600,
        describe: 'an agent that does not kick for this many seconds is ended',
      },
      'until-stdin-ends': untilStdinEnds,
    },
    run: (options, io) =>
      runBoard(
        {
          ...options,
          agentConfig: options['agent-config'],
          watchdogS: options['watchdog-s'],
          clockFile: options['clock-file'],
          isClockLocked: options['clock-locked'],
          ...host,
        },
        options['until-stdin-ends'] ? { ...io, signal: abortedWithStdin(io.signal) } : io,
        host.createLog(),
      ),
  });

const flash = (host: Host) =>
  command({
    summary: 'put the first image into a slot, as a factory does',
    options: {
      dir,
      image: { type: 'string', value: 'FILE', required: true, describe: 'the agent to boot' },
      slot: { type: 'string', value: 'a|b', default: 'a', describe: 'where to put it' },
      json,
    },
    async run(options, io) {
      const flashed = await flashSlot(options, host.createLog());
      // Standard output has always been JSON here: programs read it.
      io.out(JSON.stringify(flashed));
      return 0;
    },
  });

const bench = command({
  summary: "the test bench's hand on a running board",
  options: {
    dir,
    do: {
      type: 'string',
      value: BENCH_DEEDS.join('|'),
      words: BENCH_DEEDS,
      required: true,
      describe: 'what to do; status prints one JSON line',
    },
    'for-s': {
      type: 'number',
      min: 1,
      describe: 'with get-stuck: seconds of body time; above 600 the robot gives up',
    },
    slot: {
      type: 'string',
      value: 'a|b',
      words: ['a', 'b'],
      describe: 'with damage-slot: in whose image a byte is changed',
    },
    json,
  },
  async run(options, io) {
    const { do: action, slot } = options;
    if ((action === 'damage-slot') !== (slot !== undefined)) {
      throw usage('--slot names the slot of damage-slot, which needs it');
    }
    const answer = await callBench(options.dir, action, { forS: options['for-s'], slot }, io);
    if (action === 'status' || options.json) io.out(JSON.stringify(answer));
    return 0;
  },
});

async function callBench(
  folder: string,
  action: string,
  params: object,
  io: CliIo,
): Promise<unknown> {
  await using link = await connectLines(join(resolve(folder), 'bench.sock'), io.signal);
  try {
    return await link.call(action, params, io.signal);
  } catch (error) {
    // A board without power does not respond any more.
    if (action === 'cut-power' && codeOf(error) === 'unavailable') return null;
    throw error;
  }
}
