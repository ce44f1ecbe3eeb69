import type { PreviousCredentials } from '../events.ts';

/** The places for previous credentials, in the order in which they are filled. */
export const previousPlaces = Object.keys({
  ...{ 'previous-1': 1, 'previous-2': 2, 'previous-3': 3, 'previous-4': 4 },
  ...{ 'previous-5': 5, 'previous-6': 6, 'previous-7': 7, 'previous-8': 8 },
} satisfies Record<PreviousCredentials, number>) as readonly PreviousCredentials[];

/**
 * Selects the place for the credentials `inUse`, which are about to be replaced; `kept` says what each place holds.
 * Undefined: they have a place already.
 *
 * INVARIANT: credentials in any place but the last are never replaced, so no cloud can displace them by any number of
 * renewals. Once all places are taken, only the last one is reused.
 */
export function placeFor(
  inUse: string,
  kept: Readonly<Partial<Record<PreviousCredentials, string>>>,
): PreviousCredentials | undefined {
  if (Object.values(kept).includes(inUse)) return undefined;
  return previousPlaces.find((place) => kept[place] === undefined) ?? previousPlaces.at(-1);
}
