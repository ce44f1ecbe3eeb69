import type { ValueOf, ValueRule } from './option.ts';

/** One option of a command. Names are kebab-case without the dashes; `value` is the word shown in the help. */
export interface Option extends ValueRule {
  readonly value?: string;
  readonly required?: boolean;
}

/** The parsed options of a command: required ones and ones with a default are always there. */
export type Options<T extends Record<string, Option>> = {
  [K in keyof T]: T[K] extends { required: true } | { default: string | number | boolean }
    ? ValueOf<T[K]>
    : T[K]['type'] extends 'boolean'
      ? boolean
      : ValueOf<T[K]> | undefined;
};

export interface Command {
  readonly summary: string;
  readonly options: Record<string, Option>;
  /** The option whose value may also be given as a positional word: `map ID` is `map --id ID`. */
  readonly word?: string;
  run(options: never, io: CliIo): Promise<number>;
}

/** A command's input and output; the composition root passes in the process's own. */
export interface CliIo {
  readonly argv: readonly string[];
  out(text: string): void;
  err(text: string): void;
  readonly isTerminal: boolean;
  /** Prompts the user at the terminal; undefined when there is none. */
  readonly prompt?: (question: string) => Promise<string>;
  /**
   * Aborted when the process must stop (SIGINT, SIGTERM). A command that keeps running reads it first of all.
   */
  readonly signal: AbortSignal;
}

export interface Program {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly commands: Readonly<Record<string, Command>>;
}

/** Ties a command's option table to the type that its `run` receives. `run` returns the exit code. */
export function command<const T extends Record<string, Option>>(definition: {
  summary: string;
  options: T;
  word?: keyof T & string;
  run(options: Options<T>, io: CliIo): Promise<number>;
}): Command {
  return definition as Command;
}
