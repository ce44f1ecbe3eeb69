import { describe, expect, it } from 'vitest';
import { matches } from '../../../cloud-stub/access.ts';
import { createFaults } from '../../../cloud-stub/faults.ts';
import { rangeOf } from '../../../cloud-stub/http/range.ts';

describe('topic filters', () => {
  it.each([
    ['a/b', 'a/b', true],
    ['a/b', 'a/c', false],
    ['a/b', 'a/b/c', false],
    ['a/b/c', 'a/b', false],
    ['a/+', 'a/b', true],
    ['a/+', 'a/b/c', false],
    ['a/+/c', 'a/b/c', true],
    ['a/+', 'a/', true],
    ['a/#', 'a/b/c', true],
    ['a/#', 'a/', true],
    ['a/#', 'a', false],
    ['a/+/#', 'a/b', false],
    ['a/+/#', 'a/b/c', true],
    ['a/b/#', 'a/c/d', false],
  ])('%s on %s: %s', (filter, topic, expected) => {
    expect(matches(filter, topic)).toBe(expected);
  });
});

describe('faults', () => {
  it('cut off one robot only, until a given time', () => {
    const faults = createFaults();
    faults.cut('R1', 1000, 5000);
    expect([faults.isCut('R1', 5999), faults.isCut('R2', 5999)]).toEqual([true, false]);
    expect(faults.state(5999).cuts).toEqual([{ robot: 'R1', untilMs: 6000 }]);
    expect([faults.isCut('R1', 6000), faults.state(6000).cuts]).toEqual([false, []]);
  });

  it('drop the same messages for the same seed, about the requested share', () => {
    const losses = (percent: number, seed: number) => {
      const faults = createFaults();
      faults.drop(percent, seed);
      return Array.from({ length: 1000 }, () => faults.loses());
    };
    expect(losses(30, 7)).toEqual(losses(30, 7));
    expect(losses(30, 7)).not.toEqual(losses(30, 8));
    const lost = losses(30, 7).filter(Boolean).length;
    expect(lost).toBeGreaterThan(250);
    expect(lost).toBeLessThan(350);
    expect(losses(0, 7)).not.toContain(true);
    expect(losses(100, 7)).not.toContain(false);
  });

  it('limit the messages per second of one robot until the limit is removed', () => {
    const faults = createFaults();
    const over = (robot: string, nowMs: number) => faults.isOver(robot, nowMs);
    faults.throttle('R1', 2, 1);
    expect([0, 1, 500, 999].map((ms) => over('R1', ms))).toEqual([false, false, true, true]);
    expect(over('R1', 1000)).toBe(false);
    expect(over('R2', 1000)).toBe(false);
    expect(faults.state(0).throttled).toBe(2);
    faults.throttle('R1', Number.POSITIVE_INFINITY, 1);
    expect([1001, 1002, 1003].some((ms) => over('R1', ms))).toBe(false);
  });

  it('choose the seconds with one more message by the seed, for a fraction', () => {
    const seconds = (seed: number) => {
      const faults = createFaults();
      faults.throttle('R1', 0.5, seed);
      return Array.from({ length: 1000 }, (_, second) => faults.isOver('R1', second * 1000));
    };
    expect(seconds(3)).toEqual(seconds(3));
    expect(seconds(3)).not.toEqual(seconds(4));
    const over = seconds(3).filter(Boolean).length;
    expect(over).toBeGreaterThan(430);
    expect(over).toBeLessThan(570);
  });
});

describe('byte ranges', () => {
  it.each<[string | undefined, number, unknown]>([
    [undefined, 10, undefined],
    ['bytes=0-0', 10, { start: 0, end: 0 }],
    ['bytes=5-', 10, { start: 5, end: 9 }],
    ['bytes=-20', 10, { start: 0, end: 9 }],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=5-4', 10, undefined],
    ['bytes=-', 10, undefined],
    ['bytes=a-b', 10, undefined],
    ['lines=0-1', 10, undefined],
  ])('%s of %s bytes', (header, size, expected) => {
    expect(rangeOf(header, size)).toEqual(expected);
  });
});
