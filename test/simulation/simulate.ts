import { usage } from '../../base/cli.ts';
import { type CliIo, command } from '../../base/command.ts';
import { readPlaces } from './cut.ts';
import type { ProgressOptions } from './progress.ts';
import { playMany, playOne, type RunOptions } from './runs.ts';
import { seededFaults } from './seeded-faults.ts';
import { faultsJson, faultsText, tryFaults } from './try-faults.ts';

/** What the command needs of the process besides its streams. */
export interface Stage {
  readonly env: NodeJS.ProcessEnv;
  readonly columns: number;
  /** Writes the text as it is, without a line end. */
  write(text: string): void;
}

const seedMax = 2 ** 31;
const whole = { type: 'integer', min: 0, max: seedMax } as const;

/** `npm run simulate`. Exit code 1: an invariant is violated, or a seeded fault is not found. */
export const simulate = (stage: Stage) =>
  command({
    summary: "robots' weeks in the simulated world, each from one seed, and what must hold in them",
    options: {
      seeds: { ...whole, default: 100, min: 1, describe: 'how many seeds' },
      from: { ...whole, default: 1, describe: 'the first seed' },
      jobs: { ...whole, default: 1, min: 1, max: 256, describe: 'how many processes play' },
      seed: { ...whole, describe: 'plays this one seed' },
      trace: { type: 'boolean', describe: 'with --seed: everything that happens, a line each' },
      only: {
        type: 'string',
        value: 'ACTIONS',
        describe: 'with --seed: these actions alone, as 0-2,7',
      },
      days: { ...whole, min: 1, max: 1000, describe: 'with --seed: ends after so many days' },
      shrink: {
        ...whole,
        value: 'PLAYS',
        default: 400,
        max: 100_000,
        describe: 'how often a failure is played again to make it smaller',
      },
      'seeded-faults': {
        type: 'boolean',
        describe: 'seeds each known fault in turn; a seed must find it',
      },
      'seeded-fault': {
        type: 'string',
        value: 'NAME',
        describe: 'seeds this fault; with --seeded-faults: tries it alone',
      },
      json: { type: 'boolean', describe: 'JSON, for programs' },
    },
    async run(options, io) {
      const { seed, trace, only, days, json } = options;
      if (seed === undefined && (trace || only !== undefined || days !== undefined)) {
        throw usage('--trace, --only and --days go with --seed N');
      }
      const seededFault = named(options['seeded-fault']);
      const run: RunOptions = {
        ...{ env: stage.env, seededFault, jobs: options.jobs, plays: options.shrink },
        ...{ progress: progressOf(options.json, io, stage), signal: io.signal },
      };
      if (options['seeded-faults']) {
        const chosen = seededFaults.filter(
          ({ name }) => seededFault === undefined || name === seededFault,
        );
        const results = await tryFaults(chosen, run);
        io.out(json ? faultsJson(results) : faultsText(results));
        const found = results.filter(({ seed: by }) => by !== null);
        return found.length === chosen.length ? 0 : 1;
      }
      const result =
        seed === undefined
          ? await playMany(options, run)
          : await playOne(
              {
                seed,
                cut: { ...(only ? { only: readPlaces(only) } : {}), ...(days ? { days } : {}) },
              },
              trace ? (json ? 'json' : 'text') : undefined,
              run,
            );
      io.out(json ? result.json : result.text);
      return result.isClean ? 0 : 1;
    },
  });

function named(seededFault: string | undefined): string | undefined {
  if (seededFault !== undefined && !seededFaults.some(({ name }) => name === seededFault)) {
    const known = seededFaults.map(({ name }) => name).join(' ');
    throw usage(
      `--seeded-fault is "${seededFault}": no such seeded fault`,
      `known seeded faults: ${known}`,
    );
  }
  return seededFault;
}

function progressOf(isJson: boolean, { isTerminal }: CliIo, stage: Stage): ProgressOptions {
  const style = isTerminal ? 'terminal' : 'plain';
  return { style: isJson ? 'none' : style, columns: stage.columns, write: stage.write };
}
