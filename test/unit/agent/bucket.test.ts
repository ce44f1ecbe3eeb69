import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fullBucket, takeTokens, waitMs } from '../../../agent/publish/token-bucket.ts';

const bucket = fullBucket({ perS: 2, burst: 4 }, 1000);

it('gives its whole burst at once, and then requires a wait', () => {
  const empty = takeTokens(bucket, 4, 1000);
  expect(waitMs(bucket, 4, 1000)).toBe(0);
  expect(waitMs(empty, 1, 1000)).toBe(500);
  expect(waitMs(empty, 1, 1400)).toBe(100);
  expect(waitMs(empty, 1, 1500)).toBe(0);
});

it('never holds more than its burst, however long it is unused', () => {
  const later = takeTokens(bucket, 4, 1_000_000);
  expect(waitMs(later, 1, 1_000_000)).toBe(500);
});

it('gives more than its burst when it is full, and leaves a debt', () => {
  expect(waitMs(bucket, 10, 1000)).toBe(0);
  expect(waitMs(takeTokens(bucket, 10, 1000), 1, 1000)).toBe(3500);
});

it('gains nothing while the clock stands still or goes back', () => {
  const empty = takeTokens(bucket, 4, 1000);
  expect(waitMs(empty, 1, 1000)).toBe(500);
  expect(waitMs(empty, 1, 0)).toBe(500);
});

it('gives no more in any time than its burst and its rate times that time', () => {
  const requests = fc.array(
    fc.record({ afterMs: fc.nat(3000), cost: fc.integer({ min: 1, max: 4 }) }),
  );
  fc.assert(
    fc.property(requests, (all) => {
      let [now, nowMs, given] = [bucket, 1000, 0];
      for (const { afterMs, cost } of all) {
        nowMs += afterMs;
        if (waitMs(now, cost, nowMs) > 0) continue;
        now = takeTokens(now, cost, nowMs);
        given += cost;
      }
      expect(given).toBeLessThanOrEqual(4 + (2 * (nowMs - 1000)) / 1000 + 1e-6);
    }),
  );
});
