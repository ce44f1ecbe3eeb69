import { parseArgs } from 'node:util';
import { codeOf, explain, PilotfishError } from './errors.ts';
import { commandHelp, programHelp } from './help.ts';
import { openStdio } from './stdio.ts';

/** One option of a command. Names are kebab-case without the dashes; `value` is the word shown in the help. */
export interface Option {
  readonly type: 'string' | 'number' | 'boolean';
  readonly describe: string;
  readonly value?: string;
  readonly required?: boolean;
  readonly default?: string | number | boolean;
  readonly min?: number;
  readonly max?: number;
}

type Value<O extends Option> = O['type'] extends 'string'
  ? string
  : O['type'] extends 'number'
    ? number
    : boolean;

/** The parsed options of a command: required ones and ones with a default are always there. */
export type Options<T extends Record<string, Option>> = {
  [K in keyof T]: T[K] extends { required: true } | { default: string | number | boolean }
    ? Value<T[K]>
    : T[K]['type'] extends 'boolean'
      ? boolean
      : Value<T[K]> | undefined;
};

export interface Command {
  readonly summary: string;
  readonly options: Record<string, Option>;
  run(options: never, io: CliIo): Promise<number>;
}

/** Where a command reads and writes; the composition root hands in the process's own. */
export interface CliIo {
  readonly argv: readonly string[];
  out(text: string): void;
  err(text: string): void;
  readonly isTerminal: boolean;
  /** Aborted when the process is asked to stop (SIGINT, SIGTERM). */
  readonly signal: AbortSignal;
}

/** Ties a command's option table to the type its `run` receives. `run` answers the exit code. */
export function command<const T extends Record<string, Option>>(definition: {
  summary: string;
  options: T;
  run(options: Options<T>, io: CliIo): Promise<number>;
}): Command {
  return definition as Command;
}

/**
 * Runs one command line and answers its exit code: 0 done, 1 failed, 2 bad options or configuration (errors whose code
 * begins with `usage` or `config`). An error is one line with a stable code, and a second line saying what to do.
 */
export async function runCli(
  program: { name: string; version: string; summary: string; commands: Record<string, Command> },
  io: CliIo,
): Promise<number> {
  const [word, ...rest] = io.argv;
  try {
    if (word === '--version' || word === '-V') return print(io, program.version);
    if (word === undefined || word === '--help' || word === '-h')
      return print(io, programHelp(program));
    const found = Object.hasOwn(program.commands, word) ? program.commands[word] : undefined;
    if (found === undefined) {
      throw usage(`${word}: no such command`, `${program.name} --help lists the commands`);
    }
    if (rest.includes('--help') || rest.includes('-h')) {
      return print(io, commandHelp(`${program.name} ${word}`, found));
    }
    return await found.run(parseOptions(found.options, rest) as never, io);
  } catch (error) {
    const code = codeOf(error);
    io.err(`${program.name}: ${explain(error)} (${code})`);
    if (error instanceof PilotfishError && error.hint) io.err(`  ${error.hint}`);
    return /^(usage|config)/.test(code) ? 2 : 1;
  }
}

/** A composition root's last line: runs the program on the real process and sets its exit code. */
export async function runProcess(program: Parameters<typeof runCli>[0]): Promise<void> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort());
  const stdio = openStdio(stop);
  const io = { ...stdio, argv: process.argv.slice(2), signal: stop.signal };
  process.exitCode = await stdio.settle(await runCli(program, io), program.name);
}

/** For programs that stay, and may be started by another one. */
export const untilStdinEnds = {
  type: 'boolean',
  describe:
    'end with standard input, so that a program which starts this one never leaves it behind',
} as const satisfies Option;

/**
 * `signal`, or the end of standard input: whoever holds its other end is gone then, also when it was killed and could
 * pass on no signal.
 */
export function abortedWithStdin(signal: AbortSignal): AbortSignal {
  const ended = new AbortController();
  for (const event of ['end', 'close', 'error']) process.stdin.once(event, () => ended.abort());
  // Read and thrown away; the waiting for it keeps no process alive.
  process.stdin.resume().unref();
  return AbortSignal.any([signal, ended.signal]);
}

/** A mistake on the command line: exit code 2. */
export function usage(message: string, hint?: string): PilotfishError<'usage'> {
  return new PilotfishError('usage', message, hint === undefined ? {} : { hint });
}

function parseOptions(
  table: Record<string, Option>,
  argv: readonly string[],
): Record<string, string | number | boolean | undefined> {
  const names = Object.keys(table);
  const types = Object.fromEntries(
    names.map((name) => [
      name,
      { type: table[name]?.type === 'boolean' ? 'boolean' : 'string' } as const,
    ]),
  );
  let values: Record<string, unknown>;
  try {
    values = parseArgs({
      args: [...argv],
      options: types,
      strict: true,
      allowPositionals: false,
    }).values;
  } catch (error) {
    throw usage(
      explain(error).split('. ')[0] ?? 'bad options',
      `known options: ${names.map((n) => `--${n}`).join(' ')}`,
    );
  }
  return Object.fromEntries(
    names.map((name) => [name, readOption(name, table[name] as Option, values[name])]),
  );
}

function readOption(
  name: string,
  option: Option,
  given: unknown,
): string | number | boolean | undefined {
  if (given === undefined) {
    if (option.required) throw usage(`--${name} is missing: ${option.describe}`);
    return option.default ?? (option.type === 'boolean' ? false : undefined);
  }
  if (option.type === 'boolean') return given === true;
  const text = typeof given === 'string' ? given : '';
  if (option.type === 'string') {
    if (text === '') throw usage(`--${name} is empty, expected ${option.value ?? 'a value'}`);
    return text;
  }
  const number = Number(text);
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = option;
  if (text.trim() === '' || !Number.isFinite(number) || number < min || number > max) {
    throw usage(`--${name} is "${text}", expected a number${rangeText(option)}`);
  }
  return number;
}

function rangeText({ min, max }: Option): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max !== undefined ? ` of at most ${max}` : '';
}

function print(io: CliIo, text: string): number {
  io.out(text);
  return 0;
}
