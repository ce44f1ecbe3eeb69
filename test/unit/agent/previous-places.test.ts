import { describe, expect, it } from 'vitest';
import { previousCredentials } from '../../../agent/events.ts';
import { placeFor, previousPlaces } from '../../../agent/io/previous-places.ts';

const occupied = (...numbers: number[]) =>
  Object.fromEntries(numbers.map((n) => [`previous-${n}`, `pair-${n}`]));

describe('the place for replaced credentials', () => {
  it('is one that the agent knows', () => {
    expect(previousPlaces).toEqual(previousCredentials);
  });

  it.each([
    ['the first when nothing is kept', occupied(), 'previous-1'],
    ['the first free one', occupied(1, 2, 4), 'previous-3'],
    ['the last while it is free', occupied(1, 2, 3, 4, 5, 6, 7), 'previous-8'],
    ['the last when all are taken', occupied(1, 2, 3, 4, 5, 6, 7, 8), 'previous-8'],
    [
      'none when the credentials have a place',
      { ...occupied(1), 'previous-2': 'in-use' },
      undefined,
    ],
  ])('is %s', (_name, kept, place) => {
    expect(placeFor('in-use', kept)).toBe(place);
  });

  it('is never one with other credentials, except the last, however many renewals there are', () => {
    const kept: Record<string, string> = {};
    for (let n = 1; n <= 100; n++) kept[placeFor(`pair-${n}`, kept) ?? ''] = `pair-${n}`;
    expect(kept).toEqual({ ...occupied(1, 2, 3, 4, 5, 6, 7), 'previous-8': 'pair-100' });
  });
});
