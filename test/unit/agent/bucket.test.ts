import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fullBucket, taken, waitMs } from '../../../agent/publish/token-bucket.ts';

const bucket = fullBucket({ perS: 2, burst: 4 }, 1000);

it('gives as much as it holds at once, and then makes wait for what is missing', () => {
  const empty = taken(bucket, 4, 1000);
  expect(waitMs(bucket, 4, 1000)).toBe(0);
  expect(waitMs(empty, 1, 1000)).toBe(500);
  expect(waitMs(empty, 1, 1400)).toBe(100);
  expect(waitMs(empty, 1, 1500)).toBe(0);
});

it('never holds more than its size, however long no token is taken', () => {
  const later = taken(bucket, 4, 1_000_000);
  expect(waitMs(later, 1, 1_000_000)).toBe(500);
});

it('gives what is larger than itself when it is full, and is in debt for the rest', () => {
  expect(waitMs(bucket, 10, 1000)).toBe(0);
  expect(waitMs(taken(bucket, 10, 1000), 1, 1000)).toBe(3500);
});

it('a clock that stands or goes back gives nothing', () => {
  const empty = taken(bucket, 4, 1000);
  expect(waitMs(empty, 1, 1000)).toBe(500);
  expect(waitMs(empty, 1, 0)).toBe(500);
});

it('within any time gives no more than its size and its rate times that time', () => {
  const asks = fc.array(fc.record({ afterMs: fc.nat(3000), cost: fc.integer({ min: 1, max: 4 }) }));
  fc.assert(
    fc.property(asks, (all) => {
      let [now, nowMs, given] = [bucket, 1000, 0];
      for (const { afterMs, cost } of all) {
        nowMs += afterMs;
        if (waitMs(now, cost, nowMs) > 0) continue;
        now = taken(now, cost, nowMs);
        given += cost;
      }
      expect(given).toBeLessThanOrEqual(4 + (2 * (nowMs - 1000)) / 1000 + 1e-6);
    }),
  );
});
