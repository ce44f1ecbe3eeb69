import { PilotfishError } from '../../base/errors.ts';

/** Names the mutant to the loader, in a player's environment. */
export const mutantVariable = 'PILOTFISH_MUTANT';

/** A bug that somebody could have written: in `file`, `to` stands instead of `from`. */
export interface Mutant {
  readonly name: string;
  /** From the project's root. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Seeds 1 to this many must find it. */
  readonly seedsMax: number;
  /** What goes wrong, and so what the world must be able to see. */
  readonly why: string;
}

/** The source with the bug in it. Throws `not-planted` unless the text to be replaced is there exactly once. */
export function plant(source: string, { name, file, from, to }: Mutant): string {
  const times = source.split(from).length - 1;
  if (times !== 1) {
    throw new PilotfishError(
      'not-planted',
      `the mutant ${name} replaces a text that stands ${times} times in ${file}`,
      { hint: 'bring its `from` in test/simulation/mutants.ts up to date' },
    );
  }
  return source.replace(from, () => to);
}
