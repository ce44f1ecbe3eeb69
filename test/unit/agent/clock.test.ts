import { useFakeTimers } from 'sinon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTime, systemEntropy } from '../../../agent/io/clock.ts';
import { systemClock } from '../../../base/clock.ts';

const june = Date.UTC(2026, 5, 1);
const cloudMs = Date.UTC(2027, 0, 1);
let clock: ReturnType<typeof useFakeTimers>;
const fake = (now: number) => {
  clock?.restore();
  clock = useFakeTimers({ now, toFake: ['setTimeout', 'clearTimeout', 'Date', 'hrtime'] });
};
beforeEach(() => fake(june));
afterEach(() => clock.restore());

describe("the agent's time", () => {
  it.each([
    ['a board without a clock', 0, 'unset'],
    ['a board that was never set', Date.UTC(2025, 11, 31), 'unset'],
    ['a clock that was set once', june, 'floor'],
  ])('has the right quality on %s', (_name, now, quality) => {
    fake(now);
    expect(createTime(systemClock).now()).toMatchObject({ wallMs: now, quality });
  });

  it("is the cloud's from the first message on, and advances from there", () => {
    const time = createTime(systemClock);
    clock.tick(5000);
    time.sync(cloudMs);
    clock.tick(1234);
    expect(time.now()).toEqual({ wallMs: cloudMs + 1234, quality: 'synced', monoMs: 6234 });
  });

  it('does not follow a jump of the wall clock', () => {
    const time = createTime(systemClock);
    time.sync(cloudMs);
    clock.setSystemTime(0);
    clock.tick(1000);
    expect(time.now().wallMs).toBe(cloudMs + 1000);
  });

  it('is corrected by each message of the cloud', () => {
    const time = createTime(systemClock);
    time.sync(cloudMs);
    clock.tick(1000);
    time.sync(cloudMs);
    expect(time.now().wallMs).toBe(cloudMs);
  });

  it('is whole milliseconds and never negative', () => {
    fake(-1000.5);
    const { wallMs, monoMs } = createTime({ ...systemClock, monoMs: () => 1.7 }).now();
    expect([wallMs, monoMs]).toEqual([0, 2]);
  });
});

describe('entropy', () => {
  it('returns numbers from [0, 1)', () => {
    const draws = Array.from({ length: 1000 }, () => systemEntropy.random());
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
    expect(new Set(draws).size).toBe(1000);
  });

  it('returns different ids of 16 digits', () => {
    const nonces = Array.from({ length: 1000 }, () => systemEntropy.freshId());
    for (const freshId of nonces) expect(freshId).toMatch(/^[0-9a-f]{16}$/);
    expect(new Set(nonces).size).toBe(1000);
  });
});
