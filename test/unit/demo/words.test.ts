import { describe, expect, it } from 'vitest';
import { placesIn } from '../../../tools/demo/places.ts';
import { closingText } from '../../../tools/demo/words.ts';
import { silentDemo } from '../../support/system-demo.ts';

const hintsIn = (dir: string) =>
  closingText(silentDemo(placesIn(dir)), 1000)
    .split('\n')
    .filter((line) => line.includes('npm start'))
    .map((line) => line.trim().split(/ {3,}/)[0]);

describe("the demo's closing text", () => {
  it('names no folder when it is the default one', () => {
    expect(hintsIn('.pilotfish')).toEqual([
      'npm start',
      'npm start -- --fresh',
      'npm start -- --stay',
    ]);
  });

  it.each([
    ['other', 'other'],
    ['/tmp/pf-x', '/tmp/pf-x'],
    ['a demo', "'a demo'"],
  ])('names the folder of the demo: %s', (dir, typed) => {
    expect(hintsIn(dir)).toEqual([
      `npm start -- --dir ${typed}`,
      `npm start -- --dir ${typed} --fresh`,
      `npm start -- --dir ${typed} --stay`,
    ]);
  });
});
