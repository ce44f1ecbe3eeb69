import { describe, expect, it } from 'vitest';
import { type Event, type PreviousFacts, previousCredentials } from '../../../agent/events.ts';
import { lastPlaceMs } from '../../../agent/identity/room.ts';
import { certificate, dayMs } from '../../support/agent-certificates.ts';
import { feed, later, nowMs, type Timed } from '../../support/agent-machine.ts';
import {
  down,
  dueCertificate,
  eventsTo,
  machine,
  renewRequested,
  startedWith,
  timeKnown,
  timeKnownAfter,
  up,
} from '../../support/agent-renewal.ts';

const floorAt = (floorMs: number): Event => ({ type: 'clock/floor', floorMs });
const places = (count: number): PreviousFacts =>
  Object.fromEntries(
    previousCredentials
      .slice(0, count)
      .map((credentials, n) => [credentials, certificate(100 + n)]),
  );
const full = startedWith({ current: dueCertificate, ...places(previousCredentials.length) });

/** Whether a renewal starts after these events. */
const renews = (events: readonly (Event | Timed)[]) =>
  (feed(machine, events).effects ?? []).some(({ type }) => type === 'identity/request');

describe('a due renewal while every place for previous credentials is taken', () => {
  const years = timeKnownAfter(8 * 365 * dayMs);

  it.each<readonly [string, readonly (Event | Timed)[], boolean]>([
    ['waits', [full, floorAt(nowMs), up(), timeKnown], false],
    ['waits without a known floor', [full, up(), timeKnown], false],
    ["waits, whatever the cloud's time", [full, floorAt(nowMs), up(), years], false],
    [
      'waits until the floor has passed three days',
      [full, floorAt(nowMs), floorAt(nowMs + lastPlaceMs - 1), up(), timeKnown],
      false,
    ],
    [
      'starts when the credentials in use are three days old by the floor',
      [full, floorAt(nowMs), floorAt(nowMs + lastPlaceMs), up(), timeKnown],
      true,
    ],
    [
      'waits also over a connection with previous credentials',
      [full, floorAt(nowMs), ...[1, 2, 3].map(() => down('refused')), up('previous-1'), timeKnown],
      false,
    ],
    [
      'starts when an operator at the robot requests it',
      [full, up(), timeKnown, renewRequested()],
      true,
    ],
    [
      'starts while one place is free',
      [
        startedWith({ current: dueCertificate, ...places(previousCredentials.length - 1) }),
        up(),
        timeKnown,
      ],
      true,
    ],
  ])('%s', (_name, events, does) => {
    expect(renews(events)).toBe(does);
  });

  it('is checked again, logged and shown', () => {
    const { state, effects } = feed(machine, [full, floorAt(nowMs), up(), timeKnown]);
    const hours = lastPlaceMs / 3_600_000;
    expect(effects).toContainEqual(
      expect.objectContaining({ type: 'timer/set', key: 'identity/check' }),
    );
    expect(effects).toContainEqual(expect.objectContaining({ type: 'note', about: { hours } }));
    expect(machine.view(state)).toMatchObject({ roomInHours: hours });
  });
});

describe('the time that credentials are in use, by the floor', () => {
  const rowAfter = (events: readonly (Event | Timed)[], inUseFromFloorMs?: number) => {
    const { row } = machine.restore(undefined, later(0));
    const saved = { row: { ...row, inUseFromFloorMs }, items: new Map() };
    return feed(machine, events, saved).state.row.inUseFromFloorMs;
  };
  const day1 = nowMs + dayMs;

  it.each<readonly [string, readonly (Event | Timed)[], number | undefined, number | undefined]>([
    [
      'starts with the first floor when nothing is stored',
      [full, floorAt(nowMs)],
      undefined,
      nowMs,
    ],
    ['stays as stored', [full, floorAt(day1)], nowMs, nowMs],
    ['starts again when the stored one is ahead', [full, floorAt(nowMs)], day1, nowMs],
    [
      'starts again with a promotion',
      [
        ...eventsTo.promoting,
        floorAt(day1),
        { type: 'identity/promoted', current: certificate(2) },
      ],
      nowMs,
      day1,
    ],
  ])('%s', (_name, events, stored, expected) => {
    expect(rowAfter(events, stored)).toBe(expected);
  });
});
