import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareOrder, missionIdOf, splitMissionId } from '../../../protocol/missions.ts';
import type { OrderKey } from '../../../protocol/schemas/missions.ts';

const missionId = '9f86d081884c7d65-1';
const key = (ended: boolean, boot: number, revision: number): OrderKey => ({
  missionId,
  ended,
  boot,
  revision,
});

describe('the order of documents', () => {
  it('puts ended first, then the boot, then the revision', () => {
    const rising = [
      key(false, 1, 1),
      key(false, 1, 2),
      key(false, 2, 1),
      key(false, 10, 1),
      key(true, 1, 1),
      key(true, 1, 2),
      key(true, 2, 1),
    ];
    for (const [i, a] of rising.entries()) {
      for (const [j, b] of rising.entries())
        expect(Math.sign(compareOrder(a, b))).toBe(Math.sign(i - j));
    }
  });

  const anyKey = fc
    .tuple(fc.boolean(), fc.nat(3), fc.nat(3))
    .map(([ended, boot, revision]) => key(ended, boot, revision));

  it('is a total order', () => {
    fc.assert(
      fc.property(anyKey, anyKey, anyKey, (a, b, c) => {
        expect(Math.sign(compareOrder(a, b))).toBe(-Math.sign(compareOrder(b, a)) || 0);
        expect(compareOrder(a, a)).toBe(0);
        const same = a.ended === b.ended && a.boot === b.boot && a.revision === b.revision;
        expect(compareOrder(a, b) === 0).toBe(same);
        if (compareOrder(a, b) <= 0 && compareOrder(b, c) <= 0) {
          expect(compareOrder(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  it('gives the same highest document for any order and any duplicates', () => {
    const highest = (keys: readonly OrderKey[]) =>
      keys.reduce((best, one) => (compareOrder(one, best) > 0 ? one : best));
    const several = fc.array(anyKey, { minLength: 1, maxLength: 8 });
    const shuffled = several.chain((keys) =>
      fc.tuple(
        fc.constant(keys),
        fc.shuffledSubarray([...keys, ...keys], { minLength: 2 * keys.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([keys, again]) => {
        expect(highest(again)).toEqual(highest(keys));
      }),
    );
  });
});

describe('mission ids', () => {
  it('are composed and parsed', () => {
    expect(missionIdOf('9f86d081884c7d65', 41)).toBe('9f86d081884c7d65-41');
    expect(splitMissionId('9f86d081884c7d65-41')).toEqual({ epoch: '9f86d081884c7d65', n: 41 });
    expect(splitMissionId('0000000000000000-999999999999999').n).toBe(999_999_999_999_999);
  });
});
