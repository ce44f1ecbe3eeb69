import { beforeEach, describe, expect, it } from 'vitest';
import type { Observation } from '../../../agent/events.ts';
import { PoisonDetector } from '../../../agent/publish/poison-detector.ts';

const dayMs = 86_400_000;
const closed: Observation = { kind: 'lost', code: 'closed', detail: '' };
const first = (about: string) => ({ about, isLast: false });
const quiet = { probed: undefined, withheld: [] };

let poison: PoisonDetector;
beforeEach(() => {
  poison = new PoisonDetector();
});

/** The connection ended in the trial of `about`, `times` times. */
const blame = (about: string, times: number, atMs = 0) =>
  Array.from({ length: times }, () =>
    poison.ended(closed, { probed: about, withheld: [] }, atMs),
  ).at(-1);

describe('the poison-message detector, when the broker closes,', () => {
  it('suspects each message of the last seconds once', () => {
    for (const about of ['a', 'b', 'a']) poison.sent(about, 1000);
    expect(poison.ended(closed, quiet, 2000)).toEqual([first('a'), first('b')]);
    expect([poison.has('a'), poison.has('b'), poison.has('c')]).toEqual([true, true, false]);
  });

  it('does not suspect older messages and those that were read', () => {
    poison.sent('old', 0);
    expect(poison.ended(closed, quiet, 10_000)).toEqual([]);
    poison.sent('read', 20_000);
    poison.read();
    expect(poison.ended(closed, quiet, 20_001)).toEqual([]);
  });

  it('blames only the probed message when there was one', () => {
    poison.sent('a', 0);
    poison.sent('tried', 0);
    expect(poison.ended(closed, { probed: 'tried', withheld: [] }, 1)).toEqual([first('tried')]);
    expect(poison.has('a')).toBe(false);
  });

  it('clears suspects that were held back', () => {
    blame('held', 2);
    expect(poison.ended(closed, { probed: undefined, withheld: ['held'] }, 1)).toEqual([]);
    expect(poison.has('held')).toBe(false);
    expect(blame('held', 2)).toEqual([first('held')]);
  });

  it('does not clear them when another one was probed', () => {
    blame('held', 1);
    poison.ended(closed, { probed: 'tried', withheld: ['held'] }, 1);
    expect(poison.has('held')).toBe(true);
  });

  it.each<Partial<Observation>>([
    { code: 'keep-alive' },
    { code: 'ETIMEDOUT' },
    { code: 'protocol' },
    { kind: 'closed', code: 'requested' },
    { kind: 'refused', code: 'connack-5' },
    { kind: 'timeout', code: 'suback' },
  ])('suspects nothing when the end is %j', (change) => {
    poison.sent('a', 0);
    blame('held', 1);
    expect(poison.ended({ ...closed, ...change }, { probed: 'a', withheld: ['held'] }, 1)).toEqual(
      [],
    );
    expect([poison.has('a'), poison.has('held')]).toEqual([false, true]);
  });

  it.each(['ECONNRESET', 'EPIPE'])('treats %s as a close', (code) => {
    poison.sent('a', 0);
    expect(poison.ended({ ...closed, code }, quiet, 1)).toEqual([first('a')]);
  });
});

describe('a suspect', () => {
  it('is cleared when it was read', () => {
    blame('a', 2);
    poison.clear('a');
    expect(poison.has('a')).toBe(false);
    expect(blame('a', 1)).toEqual([first('a')]);
  });

  it('is quarantined for 24 h after its third blame; after that one blame suffices', () => {
    expect(blame('a', 2)).toEqual([first('a')]);
    expect(poison.isSkipped('a', 0)).toBe(false);
    expect(blame('a', 1)).toEqual([{ about: 'a', isLast: true }]);
    expect(poison.skipped(dayMs - 1)).toEqual(['a']);
    expect(poison.isSkipped('a', dayMs)).toBe(false);
    expect(blame('a', 1, dayMs)).toEqual([{ about: 'a', isLast: true }]);
    expect(poison.skipped(dayMs)).toEqual(['a']);
  });

  it('keeps its blames when it is suspected again by chance', () => {
    blame('a', 2);
    poison.sent('a', 0);
    poison.ended(closed, quiet, 1);
    expect(blame('a', 1)).toEqual([{ about: 'a', isLast: true }]);
  });

  it('is forgotten after 64 newer ones', () => {
    blame('oldest', 3);
    for (let n = 0; n < 64; n++) blame(`newer ${n}`, 3);
    expect(poison.skipped(0)).toHaveLength(64);
    expect([poison.has('oldest'), poison.isSkipped('oldest', 0)]).toEqual([false, false]);
  });
});
