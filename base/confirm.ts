import { usage } from './cli.ts';
import type { CliIo, Option } from './command.ts';
import { PilotfishError } from './errors.ts';

/** Confirmation of an irreversible command: the user types the name of its object, or passes `--yes`. */

export const yes = {
  type: 'boolean',
  describe: 'without confirmation; needed where nobody can answer',
} as const satisfies Option;

export interface Confirmation {
  /** The text that the user must type. */
  readonly name: string;
  /** A whole sentence without its full stop: what the command would do. */
  readonly consequence: string;
  readonly yes: boolean;
  /** A program reads the output, so there is no prompt. */
  readonly json?: boolean;
}

/** Throws `usage` when there is no terminal to prompt, `not-confirmed` when the input is not the name. */
export async function confirmByName(
  { name, consequence, yes, json = false }: Confirmation,
  io: Pick<CliIo, 'prompt'>,
): Promise<void> {
  if (yes) return;
  if (io.prompt === undefined || json) {
    throw usage(
      `${consequence}: --yes is missing`,
      'give --yes, or run it on a terminal, which prompts',
    );
  }
  const answer = await io.prompt(`${consequence}.\nType ${name} to go on: `);
  if (answer.trim() === name) return;
  throw new PilotfishError('not-confirmed', `nothing was done: the answer was not ${name}`);
}
