import { describe, expect, it } from 'vitest';
import { cutScenario, placesIn, placesText, readPlaces } from '../../simulation/cut.ts';
import type { Scenario } from '../../simulation/world/scenario.ts';

const actions = [0, 1, 2, 3, 4].map((atMs) => ({
  type: 'button',
  atMs,
})) as unknown as Scenario['actions'];
const whole: Scenario = { seed: 9, days: 7, actions };

describe('a part of a scenario', () => {
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
    const part = cutScenario(whole, { only: [1, 4], days: 2 });
    expect(part).toEqual({ seed: 9, days: 2, actions: [actions[1], actions[4]] });
    expect(placesIn(whole, part)).toEqual([1, 4]);
    expect(cutScenario(whole, {})).toEqual(whole);
  });

  it.each(['', '1,', '-3', '5-2', '1 2', 'all', '99999999'])('is not "%s"', (text) => {
    expect(() => readPlaces(text)).toThrow('--only is');
  });

  it('is refused when the scenario has no such action', () => {
    expect(() => cutScenario(whole, { only: [2, 5] })).toThrow(
      'action 5, but seed 9 has 5 actions',
    );
  });
});
