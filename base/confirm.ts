import { usage } from './cli.ts';
import type { CliIo, Option } from './command.ts';
import { PilotfishError } from './errors.ts';

/** A command that nothing can undo asks a person to type what it is about, or wants `--yes`. */

export const yes = {
  type: 'boolean',
  describe: 'without being asked; needed where nobody can answer',
} as const satisfies Option;

export interface Confirmation {
  /** What is to be typed. */
  readonly name: string;
  /** A whole sentence without its full stop: what the command would do. */
  readonly consequence: string;
  readonly yes: boolean;
  /** A program reads the output: nobody is asked. */
  readonly json?: boolean;
}

/** Throws `usage` when there is nobody to ask, `not-confirmed` after another answer than the name. */
export async function confirmByName(
  { name, consequence, yes, json = false }: Confirmation,
  io: Pick<CliIo, 'ask'>,
): Promise<void> {
  if (yes) return;
  if (io.ask === undefined || json) {
    throw usage(
      `${consequence}: --yes is missing`,
      'give --yes, or run it on a terminal, where it asks',
    );
  }
  const answer = await io.ask(`${consequence}.\nType ${name} to go on: `);
  if (answer.trim() === name) return;
  throw new PilotfishError('not-confirmed', `nothing was done: the answer was not ${name}`);
}
