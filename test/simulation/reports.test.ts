import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from './world/chance.ts';
import { play } from './world/play.ts';
import type { Action } from './world/scenario.ts';

/** Faults that a mission's report survives, one scenario each; `missions` is the number of missions in it. */

const button = (atMs: number): Action => ({ type: 'button', atMs });
const everyDay = (days: number): Action[] =>
  Array.from({ length: days }, (_, day) => button(day * dayMs + hourMs));
/** The cloud is out of reach. */
const away = (atMs: number, forMs: number): Action[] => [
  { type: 'cut', atMs },
  { type: 'refuse', atMs, forMs, share: 1 },
];

interface Case {
  readonly what: string;
  readonly days: number;
  readonly actions: readonly Action[];
  readonly missions: number;
  /** The injected faults, and how often each happens at least. */
  readonly faults: Readonly<Record<string, number>>;
}

const cases: readonly Case[] = [
  {
    what: 'a power cut during the mission, and a clock that starts in 1970',
    days: 1,
    actions: [
      button(hourMs),
      {
        ...{ type: 'power-cut', atMs: hourMs + 5 * minuteMs, forMs: 0, where: 'now' },
        ...{ offMs: hourMs, clock: 'lost' },
      },
      button(3 * hourMs),
    ],
    missions: 2,
    faults: { 'power-cut now': 1 },
  },
  {
    what: 'a clock that jumps ahead and back during the mission, at its end and while the report waits',
    days: 4,
    actions: [400, -400, 2, -2].flatMap((days, n): Action[] => {
      const atMs = n * dayMs + hourMs;
      return [
        button(atMs),
        { type: 'clock', atMs: atMs + minuteMs, forMs: hourMs, byMs: days * dayMs },
        ...away(atMs + 2 * minuteMs, 3 * hourMs),
      ];
    }),
    missions: 4,
    faults: { clock: 4, refuse: 4 },
  },
  {
    what: 'a robot that was off for months',
    days: 1,
    actions: [
      ...away(hourMs, 5 * hourMs),
      button(2 * hourMs),
      {
        ...{ type: 'power-cut', atMs: 5 * hourMs, forMs: 0, where: 'now' },
        ...{ offMs: 100 * dayMs, clock: 'lost' },
      },
      button(101 * dayMs),
    ],
    missions: 2,
    faults: { 'power-cut now': 1 },
  },
  {
    what: 'a cloud that is unreachable for two months, with a mission every day',
    days: 61,
    actions: [...away(minuteMs, 60 * dayMs), ...everyDay(60)],
    missions: 60,
    faults: { refuse: 1000 },
  },
  {
    what: 'a robot that cleaned for three weeks and had room for eight reports',
    days: 22,
    actions: [
      { type: 'outbox', atMs: 0, reports: 8 },
      ...away(minuteMs, 21 * dayMs),
      ...everyDay(21),
    ],
    missions: 21,
    faults: { refuse: 300 },
  },
  {
    what: 'a lost store, before the cloud had received the report and after',
    days: 3,
    actions: [
      ...everyDay(3),
      ...away(dayMs, 12 * hourMs),
      { type: 'store-lost', atMs: dayMs + 5 * hourMs },
      { type: 'store-lost', atMs: 2 * dayMs + 6 * hourMs },
    ],
    missions: 3,
    faults: { 'store-lost': 2 },
  },
  {
    what: 'a stored value at which the agent crashes until safe mode puts it aside',
    days: 3,
    actions: [...everyDay(3), { type: 'poison', atMs: dayMs + 5 * hourMs, machine: 'missions' }],
    missions: 3,
    faults: { poison: 1 },
  },
  {
    what: 'a store restored from a copy of five days before',
    days: 8,
    actions: [
      ...everyDay(8),
      { type: 'store-restored', atMs: dayMs + 12 * hourMs, forMs: 5 * dayMs },
    ],
    missions: 8,
    faults: { 'store-restored': 1 },
  },
  {
    what: 'a store restored repeatedly, also during a mission',
    days: 8,
    actions: [
      ...everyDay(8),
      ...[2, 3, 4].map((days): Action => {
        return { type: 'store-restored', atMs: hourMs * 12, forMs: days * dayMs };
      }),
      { type: 'store-restored', atMs: 5 * dayMs + hourMs + minuteMs, forMs: dayMs },
    ],
    missions: 8,
    faults: { 'store-restored': 4 },
  },
  {
    what: 'a store restored from a copy made during a mission',
    days: 3,
    actions: [
      ...everyDay(3),
      { type: 'store-restored', atMs: hourMs + 5 * minuteMs, forMs: dayMs + 5 * minuteMs },
    ],
    missions: 3,
    faults: { 'store-restored': 1 },
  },
  {
    what: 'a disk that was full when the mission ended',
    days: 1,
    actions: [button(hourMs), { type: 'disk-full', atMs: hourMs + minuteMs, forMs: 5 * hourMs }],
    missions: 1,
    faults: { 'store full': 1 },
  },
  {
    what: 'an agent that is killed before and after each step',
    days: 1,
    actions: [
      button(hourMs),
      ...(['before commit', 'after commit', 'before publish', 'after publish'] as const).map(
        (where): Action => ({ type: 'kill', atMs: hourMs + minuteMs, forMs: 6 * hourMs, where }),
      ),
    ],
    missions: 1,
    faults: { 'kill before commit': 1, 'kill after commit': 1 },
  },
];

describe('a report survives', () => {
  it.each(cases)('$what', async ({ days, actions, missions, faults }) => {
    const sorted = actions.toSorted((a, b) => a.atMs - b.atMs);
    const outcome = await play({ seed: 1, days, actions: sorted });
    expect(outcome.violations).toEqual([]);
    expect(outcome.seen['missions']).toBe(missions);
    for (const [name, least] of Object.entries(faults)) {
      expect(outcome.faults[name], name).toBeGreaterThanOrEqual(least);
    }
  });
});
