import type { PreviousCredentials } from '../events.ts';

/** The places for previous pairs, in the order in which they are filled. */
export const previousPlaces = Object.keys({
  ...{ 'previous-1': 1, 'previous-2': 2, 'previous-3': 3, 'previous-4': 4 },
  ...{ 'previous-5': 5, 'previous-6': 6, 'previous-7': 7, 'previous-8': 8 },
} satisfies Record<PreviousCredentials, number>) as readonly PreviousCredentials[];

/**
 * The place for the pair `inUse`, which is about to be replaced; `kept` says what each place holds. Undefined: it has one.
 *
 * INVARIANT: a pair in any place but the last is never replaced, so no cloud can push it out by renewals, however many.
 * Only the last place changes its pair once all are taken.
 */
export function placeFor(
  inUse: string,
  kept: Readonly<Partial<Record<PreviousCredentials, string>>>,
): PreviousCredentials | undefined {
  if (Object.values(kept).includes(inUse)) return undefined;
  return previousPlaces.find((place) => kept[place] === undefined) ?? previousPlaces.at(-1);
}
