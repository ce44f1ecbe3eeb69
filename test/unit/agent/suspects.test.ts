import { beforeEach, describe, expect, it } from 'vitest';
import type { Observation } from '../../../agent/events.ts';
import { Suspects } from '../../../agent/publish/suspects.ts';

const dayMs = 86_400_000;
const closed: Observation = { kind: 'lost', code: 'closed', detail: '' };
const first = (about: string) => ({ about, isLast: false });
const quiet = { tried: undefined, held: [] };

let suspects: Suspects;
beforeEach(() => {
  suspects = new Suspects();
});

/** The connection ended in the trial of `about`, `times` times. */
const strike = (about: string, times: number, atMs = 0) =>
  Array.from({ length: times }, () => suspects.ended(closed, { tried: about, held: [] }, atMs)).at(
    -1,
  );

describe('when the broker closes', () => {
  it('all that was sent in the last seconds is suspect, each once', () => {
    for (const about of ['a', 'b', 'a']) suspects.sent(about, 1000);
    expect(suspects.ended(closed, quiet, 2000)).toEqual([first('a'), first('b')]);
    expect([suspects.has('a'), suspects.has('b'), suspects.has('c')]).toEqual([true, true, false]);
  });

  it('what was sent longer ago is not, nor what was read', () => {
    suspects.sent('old', 0);
    expect(suspects.ended(closed, quiet, 10_000)).toEqual([]);
    suspects.sent('read', 20_000);
    suspects.read();
    expect(suspects.ended(closed, quiet, 20_001)).toEqual([]);
  });

  it('only what was on trial is, when something was', () => {
    suspects.sent('a', 0);
    suspects.sent('tried', 0);
    expect(suspects.ended(closed, { tried: 'tried', held: [] }, 1)).toEqual([first('tried')]);
    expect(suspects.has('a')).toBe(false);
  });

  it('what was held back is free: connections end without it', () => {
    strike('held', 2);
    expect(suspects.ended(closed, { tried: undefined, held: ['held'] }, 1)).toEqual([]);
    expect(suspects.has('held')).toBe(false);
    expect(strike('held', 2)).toEqual([first('held')]);
  });

  it('but not when another one was tried', () => {
    strike('held', 1);
    suspects.ended(closed, { tried: 'tried', held: ['held'] }, 1);
    expect(suspects.has('held')).toBe(true);
  });

  it.each<Partial<Observation>>([
    { code: 'keep-alive' },
    { code: 'ETIMEDOUT' },
    { code: 'protocol' },
    { kind: 'closed', code: 'asked' },
    { kind: 'refused', code: 'connack-5' },
    { kind: 'timeout', code: 'suback' },
  ])('and nothing is put down to anything when the end is %j', (change) => {
    suspects.sent('a', 0);
    strike('held', 1);
    expect(suspects.ended({ ...closed, ...change }, { tried: 'a', held: ['held'] }, 1)).toEqual([]);
    expect([suspects.has('a'), suspects.has('held')]).toEqual([false, true]);
  });

  it.each(['ECONNRESET', 'EPIPE'])('%s is a close, too', (code) => {
    suspects.sent('a', 0);
    expect(suspects.ended({ ...closed, code }, quiet, 1)).toEqual([first('a')]);
  });
});

describe('a suspect', () => {
  it('is acquitted when it was read', () => {
    strike('a', 2);
    suspects.acquit('a');
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

  it('keeps its strikes when it is suspect again by chance', () => {
    strike('a', 2);
    suspects.sent('a', 0);
    suspects.ended(closed, quiet, 1);
    expect(strike('a', 1)).toEqual([{ about: 'a', isLast: true }]);
  });

  it('is forgotten for 64 newer ones', () => {
    strike('oldest', 3);
    for (let n = 0; n < 64; n++) strike(`newer ${n}`, 3);
    expect(suspects.aside(0)).toHaveLength(64);
    expect([suspects.has('oldest'), suspects.isAside('oldest', 0)]).toEqual([false, false]);
  });
});
