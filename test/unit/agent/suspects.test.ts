import { beforeEach, describe, expect, it } from 'vitest';
import type { Observation } from '../../../agent/events.ts';
import { Suspects } from '../../../agent/link/suspects.ts';

const dayMs = 86_400_000;
const closed: Observation = { kind: 'lost', code: 'closed', detail: '' };
const first = (about: string) => ({ about, isLast: false });

let suspects: Suspects;
beforeEach(() => {
  suspects = new Suspects();
});

/** `about` has gone out alone `times` times and ended the connection each time. */
const strike = (about: string, times: number, atMs = 0) =>
  Array.from({ length: times }, () => suspects.ended(closed, about, atMs)).at(-1);

describe('when the broker closes', () => {
  it('all that was sent in the last seconds is suspect, each once', () => {
    for (const about of ['a', 'b', 'a']) suspects.sent(about, 1000);
    expect(suspects.ended(closed, undefined, 2000)).toEqual([first('a'), first('b')]);
    expect([suspects.has('a'), suspects.has('b'), suspects.has('c')]).toEqual([true, true, false]);
  });

  it('what was sent longer ago is not, nor what was read', () => {
    suspects.sent('old', 0);
    expect(suspects.ended(closed, undefined, 10_000)).toEqual([]);
    suspects.sent('read', 20_000);
    suspects.read(undefined);
    expect(suspects.ended(closed, undefined, 20_001)).toEqual([]);
  });

  it('only what was on its way alone is, when something was', () => {
    suspects.sent('a', 0);
    suspects.sent('alone', 0);
    expect(suspects.ended(closed, 'alone', 1)).toEqual([first('alone')]);
  });

  it.each<Partial<Observation>>([
    { code: 'keep-alive' },
    { code: 'ETIMEDOUT' },
    { code: 'protocol' },
    { kind: 'closed', code: 'asked' },
    { kind: 'refused', code: 'connack-5' },
    { kind: 'timeout', code: 'suback' },
  ])('and not when the end is %j', (change) => {
    suspects.sent('a', 0);
    expect(suspects.ended({ ...closed, ...change }, 'a', 1)).toEqual([]);
    expect(suspects.has('a')).toBe(false);
  });

  it.each(['ECONNRESET', 'EPIPE'])('%s is a close, too', (code) => {
    expect(suspects.ended({ ...closed, code }, 'a', 1)).toEqual([first('a')]);
  });
});

describe('a suspect', () => {
  it('is acquitted when it was read', () => {
    strike('a', 2);
    suspects.read('a');
    expect(suspects.has('a')).toBe(false);
    expect(strike('a', 1)).toEqual([first('a')]);
  });

  it('is set aside with the third strike, for a day; then one more is enough', () => {
    expect(strike('a', 2)).toEqual([first('a')]);
    expect(suspects.isAside('a', 0)).toBe(false);
    expect(strike('a', 1)).toEqual([{ about: 'a', isLast: true }]);
    expect(suspects.aside(dayMs - 1)).toEqual(['a']);
    expect(suspects.isAside('a', dayMs)).toBe(false);
    expect(strike('a', 1, dayMs)).toEqual([{ about: 'a', isLast: true }]);
    expect(suspects.aside(dayMs)).toEqual(['a']);
  });

  it('is forgotten for 64 newer ones', () => {
    strike('oldest', 3);
    for (let n = 0; n < 64; n++) strike(`newer ${n}`, 3);
    expect(suspects.aside(0)).toHaveLength(64);
    expect([suspects.has('oldest'), suspects.isAside('oldest', 0)]).toEqual([false, false]);
  });
});
