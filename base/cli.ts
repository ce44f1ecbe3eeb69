import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import type { CliIo, Command, Option, Program } from './command.ts';
import { codeOf, explain, hintOf, PilotfishError } from './errors.ts';
import { commandHelp, placeholderOf, programHelp } from './help.ts';
import { expectedOf } from './option.ts';
import { endSurely, openStdio } from './stdio.ts';

/**
 * Runs one command line and returns its exit code: 0 success, 1 failure, 2 invalid options or configuration (errors
 * whose code begins with `usage` or `config`). An error is one line with a stable code, and a second line with what to
 * do.
 */
export async function runCli(program: Program, io: CliIo): Promise<number> {
  const [word, ...rest] = io.argv;
  try {
    if (word === '--version' || word === '-V') return print(io, program.version);
    if (word === undefined || isHelp(word)) return print(io, helpOn(program, rest[0]));
    const found = commandOf(program, word);
    if (rest.some((one) => one === '--help' || one === '-h')) {
      return print(io, commandHelp(`${program.name} ${word}`, found));
    }
    return await found.run(parseOptions(found, rest) as never, io);
  } catch (error) {
    for (const line of linesOf(program, io.argv, error)) io.err(line);
    return /^(usage|config)/.test(codeOf(error)) ? 2 : 1;
  }
}

const isHelp = (word: string): boolean => ['help', '--help', '-h'].includes(word);

/** `help COMMAND` is `COMMAND --help`. */
function helpOn(program: Program, word: string | undefined): string {
  if (word === undefined || isHelp(word)) return programHelp(program);
  return commandHelp(`${program.name} ${word}`, commandOf(program, word));
}

function commandOf(program: Program, word: string): Command {
  const found = Object.hasOwn(program.commands, word) ? program.commands[word] : undefined;
  if (found !== undefined) return found;
  throw usage(`${word}: no such command`, `${program.name} --help lists the commands`);
}

/** The form of every command's error in JSON. */
export const errorJson = ({
  code,
  message,
  hint,
}: {
  code: string;
  message: string;
  hint?: string | undefined;
}): string => JSON.stringify({ error: { code, message, ...(hint && { hint }) } });

/** An error on standard error: for people, or as one JSON line when the command has --json. */
function linesOf(program: Program, argv: readonly string[], error: unknown): string[] {
  const code = codeOf(error);
  const message = explain(error);
  const hint = hintOf(error);
  const [word = '', ...rest] = argv;
  const known = Object.hasOwn(program.commands, word) ? program.commands[word] : undefined;
  if (known?.options['json'] && rest.includes('--json')) {
    return [errorJson({ code, message, hint })];
  }
  return [`${program.name}: ${message} (${code})`, ...(hint ? [`  ${hint}`] : [])];
}

/**
 * The last line of a composition root: runs the program on the real process and sets its exit code. For a command that
 * reads `signal`, SIGINT and SIGTERM are caught, so that it can end in order; any other command they end at once.
 */
export async function runProcess(program: Program): Promise<void> {
  const stop = new AbortController();
  const stdio = openStdio(stop);
  let isTakenOver = false;
  const takeOver = () => {
    if (isTakenOver) return;
    isTakenOver = true;
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort());
  };
  const io = {
    ...stdio,
    argv: process.argv.slice(2),
    get signal() {
      takeOver();
      return stop.signal;
    },
    ...(process.stdin.isTTY && stdio.isTerminal && { prompt: promptTerminal(stop.signal) }),
  };
  process.exitCode = await stdio.settle(await runCli(program, io), program.name);
  endSurely(program.name);
}

const promptTerminal = (signal: AbortSignal) => async (question: string) => {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
};

/** The option of commands that print a result. */
export const json = {
  type: 'boolean',
  describe: 'the whole answer as one line of JSON; an error, too, on standard error',
} as const satisfies Option;

/** The option of programs that keep running and may be started by another one. */
export const untilStdinEnds = {
  type: 'boolean',
  describe:
    'end with standard input, so that a program which starts this one never leaves it behind',
} as const satisfies Option;

/**
 * `signal`, or the end of standard input: the process at its other end has ended, possibly killed without passing on a
 * signal.
 */
export function abortedWithStdin(signal: AbortSignal): AbortSignal {
  const ended = new AbortController();
  for (const event of ['end', 'close', 'error']) process.stdin.once(event, () => ended.abort());
  // Reads and discards the input, without keeping the process alive.
  process.stdin.resume().unref();
  return AbortSignal.any([signal, ended.signal]);
}

/** A mistake on the command line: exit code 2. */
export function usage(message: string, hint?: string): PilotfishError<'usage'> {
  return new PilotfishError('usage', message, hint === undefined ? {} : { hint });
}

function parseOptions(
  { options: table, word }: Pick<Command, 'options' | 'word'>,
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
    const parsed = parseArgs({
      args: [...argv],
      options: types,
      strict: true,
      allowPositionals: word !== undefined,
    });
    values = withWord(table, word, parsed);
  } catch (error) {
    if (hintOf(error) !== undefined) throw error;
    throw usage(
      explain(error).split('. ')[0] ?? 'bad options',
      `known options: ${names.map((n) => `--${n}`).join(' ')}`,
    );
  }
  return Object.fromEntries(
    names.map((name) => {
      const option = table[name] as Option;
      if (name === word && option.required && values[name] === undefined) {
        throw usage(`${placeholderOf(option)} is missing: ${option.describe}`);
      }
      return [name, readOption(name, option, values[name])];
    }),
  );
}

/** The values, with the positional word added. */
function withWord(
  table: Command['options'],
  word: string | undefined,
  { values, positionals }: { values: Record<string, unknown>; positionals: readonly string[] },
): Record<string, unknown> {
  const [first, second] = positionals;
  if (word === undefined || first === undefined) return values;
  if (second !== undefined) {
    const name = placeholderOf(table[word] as Option);
    throw usage(`Unexpected argument '${second}'`, `one ${name} is expected; quote its blanks`);
  }
  if (values[word] !== undefined) throw usage(`Unexpected argument '${first}' beside --${word}`);
  return { ...values, [word]: first };
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
  if (text === '' && option.type === 'string') {
    throw usage(`--${name} is empty, expected ${option.value ?? 'a value'}`);
  }
  // Number('') is 0.
  const number = text.trim() === '' ? Number.NaN : Number(text);
  const value = option.type === 'string' ? text : number;
  const expected = expectedOf(option, value);
  if (expected === undefined) return value;
  throw usage(`--${name} is ${JSON.stringify(text.slice(0, 80))}, expected ${expected}`);
}

function print(io: CliIo, text: string): number {
  io.out(text);
  return 0;
}
