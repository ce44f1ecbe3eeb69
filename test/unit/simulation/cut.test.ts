import { describe, expect, it } from 'vitest';
import { cutPlan, placesIn, placesText, readPlaces } from '../../simulation/cut.ts';
import type { Plan } from '../../simulation/world/plan.ts';

const acts = [0, 1, 2, 3, 4].map((atMs) => ({ type: 'button', atMs })) as unknown as Plan['acts'];
const whole: Plan = { seed: 9, days: 7, acts };

describe('a part of a plan', () => {
  it('has a text that can be typed, and comes back from it', () => {
    for (const [places, text] of [
      [[0, 1, 2, 7], '0-2,7'],
      [[4], '4'],
      [[], 'none'],
      [[1, 3, 4], '1,3-4'],
    ] as const) {
      expect(placesText(places)).toBe(text);
      expect(readPlaces(text)).toEqual(places);
    }
  });

  it('is found again in the whole', () => {
    const part = cutPlan(whole, { only: [1, 4], days: 2 });
    expect(part).toEqual({ seed: 9, days: 2, acts: [acts[1], acts[4]] });
    expect(placesIn(whole, part)).toEqual([1, 4]);
    expect(cutPlan(whole, {})).toEqual(whole);
  });

  it.each(['', '1,', '-3', '5-2', '1 2', 'all', '99999999'])('is not "%s"', (text) => {
    expect(() => readPlaces(text)).toThrow('--only is');
  });

  it('is refused when the plan has no such act', () => {
    expect(() => cutPlan(whole, { only: [2, 5] })).toThrow('act 5, but seed 9 has 5 acts');
  });
});
