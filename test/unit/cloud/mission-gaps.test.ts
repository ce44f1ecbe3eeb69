import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochRow } from '../../../cloud-stub/rows.ts';
import { gapsIn, noteNumber } from '../../../cloud-stub/services/mission-gaps.ts';
import { summaryOf } from '../../../cloud-stub/services/mission-summary.ts';
import {
  type CloudWorld,
  createCloudWorld,
  epoch,
  missionDocument,
  readAll,
  robot,
} from '../../support/cloud-world.ts';

const report = `robots/${robot}/up/missions/report`;
const requestTopic = `robots/${robot}/down/missions/request`;
const later = 'ffffffffffffffff';
const ended = (n: number, of = epoch) => missionDocument({ missionId: `${of}-${n}`, ended: true });
const send = (world: CloudWorld, ...numbers: number[]) =>
  world.send(report, { v: 1, reports: numbers.map((n) => ended(n)) });
const minuteMs = 60_000;
const tick = (world: CloudWorld, inMs = 0) => {
  world.nowMs += inMs;
  return readAll(world.cloud.tick(world.nowMs)).filter(([topic]) => topic === requestTopic);
};
const requestOf = (from: number, to: number, of = epoch) => [
  requestTopic,
  { v: 1, epoch: of, from, to },
];
const rangesOf = (entry: EpochRow) => gapsIn(entry).map(({ from, to }) => [from, to]);

describe('the gaps of an epoch', () => {
  it('are the numbers that never arrived, whatever the order of the others', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (numbers) => {
        const entry: EpochRow = { epoch, highest: 0, seen: [] };
        for (const n of numbers) noteNumber(entry, n);
        const missing = rangesOf(entry).flatMap(([from = 0, to = 0]) =>
          Array.from({ length: to - from + 1 }, (_, i) => from + i),
        );
        const highest = Math.max(...numbers);
        const all = Array.from({ length: highest }, (_, i) => i + 1);
        expect(missing).toEqual(all.filter((n) => !numbers.includes(n)));
        expect(entry.highest).toBe(highest);
      }),
    );
  });

  it('are bounded: beyond the bound the lowest are dropped', () => {
    const entry: EpochRow = { epoch, highest: 0, seen: [] };
    for (let n = 1; n <= 101; n += 2) noteNumber(entry, n);
    expect(rangesOf(entry)).toHaveLength(31);
    expect(rangesOf(entry).at(-1)).toEqual([100, 100]);
  });

  it('are none up to the highest number of a row from before gaps were stored', () => {
    const entry: EpochRow = { epoch, highest: 7 };
    expect(rangesOf(entry)).toEqual([]);
    noteNumber(entry, 9);
    expect(rangesOf(entry)).toEqual([[8, 8]]);
  });
});

describe('a gap that stays', () => {
  const world = () => {
    const made = createCloudWorld({ gapRequestAfterMs: 10 * minuteMs });
    made.enter(robot);
    return made;
  };

  it('is requested once, after the delay', () => {
    const it = world();
    send(it, 1, 4, 7);
    expect(tick(it, 10 * minuteMs - 1)).toEqual([]);
    expect(tick(it, 1)).toEqual([requestOf(2, 3), requestOf(5, 6)]);
    send(it, 7, 8);
    expect(tick(it, 60 * minuteMs)).toEqual([]);
    send(it, 10);
    tick(it);
    expect(tick(it, 10 * minuteMs)).toEqual([requestOf(9, 9)]);
    expect(it.store.list('gap_requests')).toEqual([]);
  });

  it('is not requested when it has closed', () => {
    const it = world();
    send(it, 1, 3);
    send(it, 2);
    expect(tick(it, 60 * minuteMs)).toEqual([]);
    expect(it.store.list('gap_requests')).toEqual([]);
  });

  it('waits its own delay when it appears during that of another gap', () => {
    const it = world();
    send(it, 1, 3);
    tick(it, 9 * minuteMs);
    send(it, 5);
    expect(tick(it, minuteMs)).toEqual([requestOf(2, 2)]);
    expect(tick(it, 10 * minuteMs)).toEqual([requestOf(4, 4)]);
  });

  it('is requested when the robot is connected and may have subscribed', () => {
    const it = world();
    send(it, 2);
    it.cloud.disconnected(robot, { reason: 'CONNECTION_LOST' }, it.nowMs);
    expect(tick(it, 60 * minuteMs)).toEqual([]);
    it.enter(robot);
    expect(tick(it)).toEqual([]);
    expect(tick(it, it.config.presenceStableMs)).toEqual([requestOf(1, 1)]);
  });

  it('is requested for an earlier epoch, too', () => {
    const it = world();
    send(it, 2);
    it.send(report, { v: 1, reports: [ended(1, later)] });
    expect(tick(it, 10 * minuteMs)).toEqual([requestOf(1, 1)]);
  });

  it('is requested again in the next two connections, until it closes', () => {
    const it = world();
    send(it, 1, 4, 6);
    expect(tick(it, 10 * minuteMs)).toEqual([requestOf(2, 3), requestOf(5, 5)]);
    const again = () => {
      it.cloud.disconnected(robot, { reason: 'CONNECTION_LOST' }, it.nowMs);
      it.enter(robot);
      return tick(it, 10 * minuteMs);
    };
    expect(again()).toEqual([requestOf(2, 3), requestOf(5, 5)]);
    expect(tick(it, 60 * minuteMs)).toEqual([]);
    send(it, 2, 3);
    expect(again()).toEqual([requestOf(5, 5)]);
    expect(again()).toEqual([]);
    // A later gap has its own three times.
    send(it, 8);
    expect(tick(it, 10 * minuteMs)).toEqual([requestOf(7, 7)]);
    expect(again()).toEqual([requestOf(5, 5), requestOf(7, 7)]);
    send(it, 5, 7);
    expect(again()).toEqual([]);
    expect(it.store.list('gap_requests')).toEqual([]);
  });

  it('is requested with few others at a time, the lowest first', () => {
    const it = world();
    send(it, 2, 4, 6, 8, 10, 12);
    const from = (messages: ReturnType<typeof tick>) => messages.map(([, body]) => body['from']);
    expect(from(tick(it, 10 * minuteMs))).toEqual([1, 3, 5, 7]);
    expect(from(tick(it, 10 * minuteMs))).toEqual([9, 11]);
    expect(from(tick(it, 10 * minuteMs))).toEqual([]);
  });

  it('is requested in one message even for a thousand million numbers', () => {
    const it = world();
    send(it, 1_000_000_000);
    expect(tick(it, 10 * minuteMs)).toEqual([requestOf(1, 999_999_999)]);
  });
});

describe('a mission without an end', () => {
  const open = (n: number) => missionDocument({ missionId: `${epoch}-${n}` });
  const world = () => {
    const made = createCloudWorld({ gapRequestAfterMs: 10 * minuteMs });
    made.enter(robot);
    made.send(report, { v: 1, reports: [open(1)] });
    return made;
  };
  const reconnect = (it: CloudWorld) => {
    it.cloud.disconnected(robot, { reason: 'CONNECTION_LOST' }, it.nowMs);
    it.nowMs += minuteMs;
    it.enter(robot);
  };

  it('is requested once when a newer one has begun', () => {
    const it = world();
    it.send(report, { v: 1, reports: [open(2)] });
    expect(tick(it, 10 * minuteMs)).toEqual([requestOf(1, 1)]);
    expect(tick(it, 60 * minuteMs)).toEqual([]);
  });

  it('is requested when the robot has connected and reports nothing of it', () => {
    const it = world();
    expect(tick(it, 60 * minuteMs)).toEqual([]);
    reconnect(it);
    expect(tick(it, 10 * minuteMs)).toEqual([requestOf(1, 1)]);
    expect(tick(it, 60 * minuteMs)).toEqual([]);
    expect(it.store.list('gap_requests')).toEqual([]);
    reconnect(it);
    expect(tick(it, 10 * minuteMs)).toEqual([requestOf(1, 1)]);
  });

  it.each([
    ['goes on', open(1)],
    ['has ended', ended(1)],
  ])('is not requested when it %s in the new connection', (_what, document) => {
    const it = world();
    reconnect(it);
    it.send(report, { v: 1, reports: [document] });
    expect(tick(it, 10 * minuteMs)).toEqual([]);
    expect(it.store.list('gap_requests')).toEqual([]);
  });

  it('is requested with few others at a time, of many the newest', () => {
    const it = world();
    const numbers = Array.from({ length: 24 }, (_, i) => i + 1);
    for (const n of numbers) it.send(report, { v: 1, reports: [open(n)] });
    const from = () => tick(it, 10 * minuteMs).map(([, body]) => body['from']);
    expect(from()).toEqual([8, 9, 10, 11]);
    expect([from(), from(), from(), from()].flat()).toEqual(
      [...Array(12).keys()].map((i) => i + 12),
    );
  });
});

describe("the summary of a robot's missions", () => {
  it('has the counts', () => {
    const world = createCloudWorld();
    send(world, 2, 5);
    send(world, 5);
    const open = missionDocument({ missionId: `${epoch}-6`, revision: 2 });
    const stale = { ...open, revision: 1 };
    world.send(report, { v: 1, reports: [open, stale], dropped: 3 });
    world.send(report, { v: 1, reports: [missionDocument({ missionId: `${epoch}-7` })] });
    world.send(report, { v: 1, reports: [{ ...ended(5), batteryPct: 3 }] });
    const rows = world.store.list('missions').map(({ value }) => value);
    expect(summaryOf(robot, rows, world.store.get('mission_ledgers', robot))).toEqual({
      robot,
      ...{ open: 1, ended: 2, orphaned: 1 },
      ...{ received: 7, duplicates: 1, stale: 1, conflicts: 1, reReported: 0, dropped: 3 },
      gaps: [
        { epoch, from: 1, to: 1 },
        { epoch, from: 3, to: 4 },
      ],
      missing: 3,
    });
  });
});
