import { describe, expect, it } from 'vitest';
import {
  disputeMsMax,
  earlierMsMax,
  latestOf,
  noEvidence,
  proveTime,
  receiveTime,
  type TimeEvidence,
} from '../../../agent/io/latest.ts';
import { dayMs } from '../../support/agent-certificates.ts';
import { nowMs } from '../../support/agent-machine.ts';

const hourMs = 3_600_000;
/** What was told, each by a connection of its own: the error of the teller, and when. */
const hears = (...tellers: readonly (readonly [errorMs: number, atMs: number])[]): TimeEvidence =>
  tellers.reduce(
    (evidence, [errorMs, atMs]) =>
      receiveTime(evidence, { ms: nowMs + atMs + errorMs, monoMs: atMs }),
    noEvidence,
  );
/** How far the latest time is ahead of the truth at `atMs`. */
const error = (evidence: TimeEvidence, atMs: number, boardMs: number | null = null) =>
  latestOf(evidence, { monoMs: atMs, boardMs }) - (nowMs + atMs);

describe('what expires is judged by', () => {
  it.each<readonly [string, TimeEvidence, number, number]>([
    ['cloud time, carried on', hears([0, 0]), hourMs, 0],
    [
      'the cloud of before, when the present one is turned back',
      hears([0, 0], [-2 * dayMs, hourMs]),
      hourMs,
      0,
    ],
    ['that for a day', hears([0, 0], [-2 * dayMs, hourMs]), earlierMsMax, 0],
    ['and then the present one', hears([0, 0], [-2 * dayMs, hourMs]), earlierMsMax + 1, -2 * dayMs],
    [
      'also over a third connection',
      hears([0, 0], [-2 * dayMs, hourMs], [-2 * dayMs, 2 * hourMs]),
      3 * hourMs,
      0,
    ],
    ['a cloud that is a little ahead, for a day', hears([dayMs, 0], [0, hourMs]), hourMs, dayMs],
    ['the present cloud, after one of 2034', hears([8 * 365 * dayMs, 0], [0, hourMs]), hourMs, 0],
    ['it, at the bound of what can be in dispute', hears([disputeMsMax + 1, 0], [0, 0]), 0, 0],
    [
      'a cloud of 2034 while it is the present one',
      hears([0, 0], [8 * 365 * dayMs, hourMs]),
      hourMs,
      8 * 365 * dayMs,
    ],
    ['proven time before any cloud speaks', proveTime(noEvidence, nowMs - dayMs, 0), 0, -dayMs],
    [
      'proven time when a cloud is behind it',
      proveTime(hears([-9 * dayMs, 0]), nowMs - dayMs, 0),
      0,
      -dayMs,
    ],
    ['the higher proof', proveTime(proveTime(noEvidence, nowMs, 0), nowMs - dayMs, 0), 0, 0],
  ])('%s', (_name, evidence, atMs, wanted) => {
    expect(error(evidence, atMs)).toBe(wanted);
  });

  it("the board's own clock, where it is synchronised", () => {
    const turnedBack = hears([-2 * dayMs, 0]);
    expect(error(turnedBack, 0, nowMs)).toBe(0);
    expect(error(turnedBack, 0, null)).toBe(-2 * dayMs);
  });

  it('proven time that never runs ahead of a quartz that is wrong', () => {
    const evidence = proveTime(noEvidence, nowMs, 0);
    expect(error(evidence, 1000 * hourMs)).toBe(-hourMs);
  });
});
