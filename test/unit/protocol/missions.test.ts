import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonBytes } from '../../../protocol/codec.ts';
import { limits } from '../../../protocol/limits.ts';
import {
  compareOrder,
  missionIdOf,
  orderKeyOf,
  packReports,
  splitMissionId,
} from '../../../protocol/missions.ts';
import type { MissionDocument, OrderKey } from '../../../protocol/schemas/missions.ts';
import { upTopic } from '../../../protocol/topics.ts';

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

  it('makes the highest document the same in whatever order and however often they come', () => {
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
  it('are put together and taken apart', () => {
    expect(missionIdOf('9f86d081884c7d65', 41)).toBe('9f86d081884c7d65-41');
    expect(splitMissionId('9f86d081884c7d65-41')).toEqual({ epoch: '9f86d081884c7d65', n: 41 });
    expect(splitMissionId('0000000000000000-999999999999999').n).toBe(999_999_999_999_999);
  });
});

/** A document whose JSON is `bytes` long. */
function documentOf(bytes: number, n = 1): MissionDocument {
  const stamp = { wallMs: 0, quality: 'unset', boot: 1, monoMs: 0 } as const;
  const bare = {
    v: 1 as const,
    missionId: missionIdOf('9f86d081884c7d65', n),
    ended: true,
    boot: 1,
    revision: 1,
    phase: 'charge' as const,
    initiator: 'cloud' as const,
    started: stamp,
    updated: stamp,
    durations: { runS: 0, pauseS: 0, chargeS: 0, clockSpeed: 1 },
    area: { cleanedM2: 0, reachableM2: 0 },
    counters: { stuck: 0, recharges: 0, droppedEvents: 0 },
    batteryPct: 50,
    events: [],
    padding: '',
  };
  return { ...bare, padding: 'x'.repeat(bytes - jsonBytes(bare)) } as MissionDocument;
}

describe('packing reports', () => {
  it('makes nothing of nothing', () => {
    expect(packReports([], 0)).toEqual([]);
    expect(packReports([], 5)).toEqual([]);
  });

  it('says what was dropped in each list, and nothing when nothing was', () => {
    const documents = [documentOf(4000, 1), documentOf(4000, 2)];
    expect(packReports(documents, 3).map(({ dropped }) => dropped)).toEqual([3, 3]);
    expect(packReports(documents, 0).every((list) => !('dropped' in list))).toBe(true);
  });

  it('sends a document that is larger than a list alone', () => {
    const sizes = [600, limits.documentBytesMax, 600];
    const lists = packReports(
      sizes.map((bytes, i) => documentOf(bytes, i + 1)),
      0,
    );
    expect(lists.map(({ reports }) => reports.length)).toEqual([1, 1, 1]);
  });

  it('fills a list to the last byte, and never over it', () => {
    const frame = jsonBytes({ v: 1, reports: [] });
    const room = limits.reportListBytes - frame;
    const two = (bytes: number) => packReports([documentOf(1000, 1), documentOf(bytes, 2)], 0);
    const [full, ...rest] = two(room - 1000 - 1);
    expect(rest).toEqual([]);
    expect(jsonBytes(full)).toBe(limits.reportListBytes);
    expect(two(room - 1000)).toHaveLength(2);
  });

  it('leaves room for the longest topic in the metering step of 5 KB', () => {
    const topic = upTopic('R'.repeat(64), 'missions/report');
    expect(limits.reportListBytes + topic.length).toBeLessThanOrEqual(5 * 1024);
  });

  it('puts no more documents into a list than its schema allows, however small they are', () => {
    const tiny = Array.from(
      { length: limits.reportsPerListMax + 1 },
      () => ({}) as MissionDocument,
    );
    expect(packReports(tiny, 0).map(({ reports }) => reports.length)).toEqual([
      limits.reportsPerListMax,
      1,
    ]);
  });

  it('keeps every document once, in order, within the bounds', () => {
    const sizes = fc.array(fc.integer({ min: 600, max: 6000 }), { maxLength: 90 });
    fc.assert(
      fc.property(sizes, fc.nat(1e6), (bytes, dropped) => {
        const documents = bytes.map((size, i) => documentOf(size, i + 1));
        const lists = packReports(documents, dropped);
        expect(lists.flatMap(({ reports }) => reports.map(orderKeyOf))).toEqual(
          documents.map(orderKeyOf),
        );
        for (const list of lists) {
          expect(list.reports.length).toBeGreaterThan(0);
          expect(list.reports.length).toBeLessThanOrEqual(limits.reportsPerListMax);
          if (list.reports.length > 1) {
            expect(jsonBytes(list)).toBeLessThanOrEqual(limits.reportListBytes);
          }
        }
      }),
    );
  });
});
