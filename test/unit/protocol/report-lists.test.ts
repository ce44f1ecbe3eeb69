import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, jsonBytes } from '../../../protocol/codec.ts';
import { commonOf, withCommon, withoutCommon } from '../../../protocol/common-part.ts';
import { limits } from '../../../protocol/limits.ts';
import { missionIdOf } from '../../../protocol/missions.ts';
import { expandReports, packReports } from '../../../protocol/report-lists.ts';
import type { MissionDocument } from '../../../protocol/schemas/missions.ts';
import { upTopic } from '../../../protocol/topics.ts';
import { keptReports, kinds } from '../../support/kept-reports.ts';

const epoch = '9f86d081884c7d65';
const overTheWire = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** What a reader of the lists has in the end. */
const received = (lists: readonly object[]): unknown[] =>
  lists.flatMap((list) => {
    const expanded = expandReports(overTheWire(list) as Record<string, unknown>);
    if (!expanded.ok) throw new Error(expanded.message);
    return [...expanded.value];
  });

/** A document whose JSON is `bytes` long. */
function documentOf(bytes: number, n = 1): MissionDocument {
  const stamp = { wallMs: 0, quality: 'unset', boot: 1, monoMs: 0 } as const;
  const bare = {
    v: 1 as const,
    missionId: missionIdOf(epoch, n),
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

describe('twenty queued reports', () => {
  it.each(Object.entries(kinds))('%s go in two messages', async (_about, change) => {
    const documents = await keptReports(20, change);
    const lists = packReports(documents, 3);
    expect(lists.map(({ v }) => v)).toEqual([2, 2]);
    for (const list of lists) {
      expect(check('SharedReportList', overTheWire(list)).ok).toBe(true);
      expect(jsonBytes(list)).toBeLessThanOrEqual(limits.reportListBytes);
    }
    expect(received(lists)).toEqual(overTheWire(documents));
  });

  it('leave room for a third as many more', async () => {
    expect(packReports(await keptReports(27), 0)).toHaveLength(2);
  });
});

describe('packing reports', () => {
  it('returns no list for no document', () => {
    expect(packReports([], 0)).toEqual([]);
    expect(packReports([], 5)).toEqual([]);
  });

  it('reports in each list how many documents were dropped, and nothing when none was', () => {
    const documents = [documentOf(4900, 1), documentOf(4900, 2)];
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

  it('keeps the documents whole while sharing saves no message', async () => {
    const lists = packReports(await keptReports(7), 0);
    expect(lists.map(({ v, reports }) => [v, reports.length])).toEqual([[1, 7]]);
    const large = [documentOf(4900, 1), documentOf(4900, 2)];
    expect(packReports(large, 0).map(({ v }) => v)).toEqual([1, 1]);
  });

  it('fills a list to the last byte, and never beyond, whole documents or not', () => {
    const two = (bytes: number) => packReports([documentOf(1000, 1), documentOf(bytes, 2)], 0);
    const room = limits.reportListBytes - jsonBytes({ v: 1, reports: [] });
    const [full, ...rest] = two(room - 1000 - 1);
    expect([full?.v, rest]).toEqual([1, []]);
    expect(jsonBytes(full)).toBe(limits.reportListBytes);
    const more = Array.from({ length: 450 }, (_, i) => two(room - 1000 + i));
    const tooMany = more.findIndex((lists) => lists.length > 1);
    const [last] = more[tooMany - 1] ?? [];
    expect([last?.v, jsonBytes(last)]).toEqual([2, limits.reportListBytes]);
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

  it('shares nothing when the common part is larger than a list allows', () => {
    const names = Array.from({ length: 20 }, (_, n) => [`field-${n}`, 'y'.repeat(60)]);
    const documents = [1, 2, 3].map((n) => ({
      ...documentOf(1900, n),
      ...(Object.fromEntries(names) as object),
    }));
    expect(packReports(documents, 0).map(({ v }) => v)).toEqual([1, 1, 1]);
  });

  it('keeps every document once, in order, whole and within the bounds', () => {
    const sizes = fc.array(fc.integer({ min: 600, max: 6000 }), { maxLength: 90 });
    fc.assert(
      fc.property(sizes, fc.nat(1e6), (bytes, dropped) => {
        const documents = bytes.map((size, i) => documentOf(size, i + 1));
        const lists = packReports(documents, dropped);
        expect(isDeepStrictEqual(received(lists), overTheWire(documents))).toBe(true);
        for (const list of lists) {
          expect(list.reports.length).toBeGreaterThan(0);
          expect(list.reports.length).toBeLessThanOrEqual(limits.reportsPerListMax);
          if (list.reports.length > 1) {
            expect(jsonBytes(list)).toBeLessThanOrEqual(limits.reportListBytes);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('the common part', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', '__proto__', 'constructor', '');
  const leaf = fc.constantFrom<unknown>(0, -0, 1, 'x', '', null, true, [], [1], [{ a: 1 }], {});
  const table = (value: fc.Arbitrary<unknown>) =>
    fc.array(fc.tuple(name, value), { maxLength: 7 }).map(Object.fromEntries);
  const document = table(fc.oneof(leaf, table(fc.oneof(leaf, table(leaf)))));

  it('restores every document exactly, whatever its content is', () => {
    fc.assert(
      fc.property(fc.array(document, { minLength: 1, maxLength: 6 }), (documents) => {
        const common = overTheWire(commonOf(documents));
        const again = documents.map((one) =>
          withCommon(common, overTheWire(withoutCommon(common, one))),
        );
        expect(isDeepStrictEqual(again, overTheWire(documents))).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('is the value that most documents have, separately for each member of an object', () => {
    const documents = [
      { id: 1, kind: 'x', of: { a: 1, b: 1 }, list: [1, 2] },
      { id: 2, kind: 'y', of: { a: 1, b: 2 }, list: [1, 2] },
      { id: 3, kind: 'x', of: { a: 1, b: 3 }, list: [1, 2] },
    ];
    const common = commonOf(documents);
    expect(common).toEqual({ kind: 'x', of: { a: 1 }, list: [1, 2] });
    expect(documents.map((one) => withoutCommon(common, one))).toEqual([
      { id: 1, of: { b: 1 } },
      { id: 2, kind: 'y', of: { b: 2 } },
      { id: 3, of: { b: 3 } },
    ]);
  });

  it.each([
    ['one has not', [{ a: 1, b: 1 }, { a: 1 }, { a: 1, b: 1 }]],
    [
      'is an object in one of them only',
      [
        { a: 1, b: {} },
        { a: 1, b: 1 },
        { a: 1, b: 1 },
      ],
    ],
    ['is long', [1, 2].map(() => ({ a: 1, b: 'y'.repeat(64) }))],
  ])('contains nothing that %s', (_what, documents) => {
    expect(commonOf(documents)).toEqual({ a: 1 });
  });
});

describe('a received list', () => {
  const common = { v: 1, durations: { pauseS: 0 }, phase: 'charge' };
  const ids = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ missionId: missionIdOf(epoch, n + 1) }));

  it('has documents that override the common part', () => {
    const own = { phase: 'run', durations: { runS: 5 }, v: null };
    const reports = [own, { durations: 7 }, 'no document'];
    expect(expandReports({ v: 2, common, reports })).toEqual({
      ok: true,
      value: [
        { v: null, phase: 'run', durations: { pauseS: 0, runS: 5 } },
        { v: 1, phase: 'charge', durations: 7 },
        'no document',
      ],
    });
  });

  it('has no common part in version 1, even when there is one', () => {
    expect(expandReports({ v: 1, common, reports: [{ a: 1 }] })).toEqual({
      ok: true,
      value: [{ a: 1 }],
    });
  });

  it.each([
    ['of a later version', { v: 3, common, reports: ids(1) }, 'wrong-schema'],
    ['of version 2 without a common part', { v: 2, reports: ids(1) }, 'wrong-schema'],
    ['with a list as its common part', { v: 2, common: [], reports: ids(1) }, 'wrong-schema'],
    ['without reports', { v: 2, common, reports: [] }, 'wrong-schema'],
    ['with too many', { v: 2, common, reports: ids(65) }, 'wrong-schema'],
    ['with no list of them', { v: 2, common, reports: { length: 1 } }, 'wrong-schema'],
    [
      'with a common part larger than it may be',
      { v: 2, common: { a: 'x'.repeat(limits.reportCommonBytesMax) }, reports: ids(64) },
      'too-large',
    ],
  ])('%s is rejected as a whole', (_about, list, code) => {
    expect(expandReports(list)).toMatchObject({ ok: false, code });
  });

  it('grows at most by the bound of its common part for each document', () => {
    const most = { a: 'x'.repeat(limits.reportCommonBytesMax - 8) };
    expect(jsonBytes(most)).toBe(limits.reportCommonBytesMax);
    const list = { v: 2, common: most, reports: ids(limits.reportsPerListMax) };
    const grown = jsonBytes(received([list])) - jsonBytes(list);
    expect(grown).toBeLessThanOrEqual(limits.reportsPerListMax * limits.reportCommonBytesMax);
  });

  it('never makes its reader throw, and has as many documents as it reports', () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    const list = fc.record({
      v: fc.constantFrom<unknown>(1, 2, 3, '2', null),
      common: fc.oneof(value, fc.dictionary(fc.string(), value)),
      reports: fc.oneof(value, fc.array(value, { maxLength: 5 })),
    });
    fc.assert(
      fc.property(list, (one) => {
        const expanded = expandReports(overTheWire(one) as Record<string, unknown>);
        if (expanded.ok) expect(expanded.value).toHaveLength((one.reports as unknown[]).length);
      }),
      { numRuns: 400 },
    );
  });
});
