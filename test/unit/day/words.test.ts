import { describe, expect, it } from 'vitest';
import { placesIn } from '../../../tools/day/places.ts';
import { closingText } from '../../../tools/day/words.ts';
import { silentDay } from '../../support/system-day.ts';

const hintsIn = (dir: string) =>
  closingText(silentDay(placesIn(dir)), 1000)
    .split('\n')
    .filter((line) => line.includes('npm start'))
    .map((line) => line.trim().split(/ {3,}/)[0]);

describe("the day's last words", () => {
  it('name no folder when it is the usual one', () => {
    expect(hintsIn('.pilotfish')).toEqual([
      'npm start',
      'npm start -- --fresh',
      'npm start -- --stay',
    ]);
  });

  it.each([
    ['other', 'other'],
    ['/tmp/pf-x', '/tmp/pf-x'],
    ['a day', "'a day'"],
  ])('name the folder that the day was in: %s', (dir, typed) => {
    expect(hintsIn(dir)).toEqual([
      `npm start -- --dir ${typed}`,
      `npm start -- --dir ${typed} --fresh`,
      `npm start -- --dir ${typed} --stay`,
    ]);
  });
});
