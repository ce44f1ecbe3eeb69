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
/** Cloud times, each received on its own connection: the error of the cloud, and when. */
const receivedTimes = (
  ...tellers: readonly (readonly [errorMs: number, atMs: number])[]
): TimeEvidence =>
  tellers.reduce(
    (evidence, [errorMs, atMs]) =>
      receiveTime(evidence, { ms: nowMs + atMs + errorMs, monoMs: atMs }),
    noEvidence,
  );
/** How far the latest time is ahead of the truth at `atMs`. */
const error = (evidence: TimeEvidence, atMs: number, boardMs: number | null = null) =>
  latestOf(evidence, { monoMs: atMs, boardMs }) - (nowMs + atMs);

describe('the time for expiry', () => {
  it.each<readonly [string, TimeEvidence, number, number]>([
    ['is cloud time, carried on', receivedTimes([0, 0]), hourMs, 0],
    [
      "is the earlier cloud's when the present one is turned back",
      receivedTimes([0, 0], [-2 * dayMs, hourMs]),
      hourMs,
      0,
    ],
    [
      "is the earlier cloud's for a day",
      receivedTimes([0, 0], [-2 * dayMs, hourMs]),
      earlierMsMax,
      0,
    ],
    [
      "is the present cloud's after that day",
      receivedTimes([0, 0], [-2 * dayMs, hourMs]),
      earlierMsMax + 1,
      -2 * dayMs,
    ],
    [
      "is the earlier cloud's over a third connection, too",
      receivedTimes([0, 0], [-2 * dayMs, hourMs], [-2 * dayMs, 2 * hourMs]),
      3 * hourMs,
      0,
    ],
    [
      "is the earlier cloud's for a day when it is a little ahead",
      receivedTimes([dayMs, 0], [0, hourMs]),
      hourMs,
      dayMs,
    ],
    [
      "is the present cloud's after one of 2034",
      receivedTimes([8 * 365 * dayMs, 0], [0, hourMs]),
      hourMs,
      0,
    ],
    [
      "is the present cloud's just above the bound of a dispute",
      receivedTimes([disputeMsMax + 1, 0], [0, 0]),
      0,
      0,
    ],
    [
      "is a cloud's of 2034 while that is the present one",
      receivedTimes([0, 0], [8 * 365 * dayMs, hourMs]),
      hourMs,
      8 * 365 * dayMs,
    ],
    [
      'is the proven time before any cloud time',
      proveTime(noEvidence, nowMs - dayMs, 0),
      0,
      -dayMs,
    ],
    [
      'is the proven time when a cloud is behind it',
      proveTime(receivedTimes([-9 * dayMs, 0]), nowMs - dayMs, 0),
      0,
      -dayMs,
    ],
    [
      'is the higher of two proven times',
      proveTime(proveTime(noEvidence, nowMs, 0), nowMs - dayMs, 0),
      0,
      0,
    ],
  ])('%s', (_name, evidence, atMs, expected) => {
    expect(error(evidence, atMs)).toBe(expected);
  });

  it("is the board's own, where it is synchronised", () => {
    const turnedBack = receivedTimes([-2 * dayMs, 0]);
    expect(error(turnedBack, 0, nowMs)).toBe(0);
    expect(error(turnedBack, 0, null)).toBe(-2 * dayMs);
  });

  it('does not run ahead with a wrong quartz when it is only proven', () => {
    const evidence = proveTime(noEvidence, nowMs, 0);
    expect(error(evidence, 1000 * hourMs)).toBe(-hourMs);
  });
});
