import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import { type CloudTimeState, cloudTimeMachine } from '../../../agent/time/cloud-time.ts';
import type { TimeEffect } from '../../../agent/time/effects.ts';
import { linkDown, linkUp, timer } from '../../support/agent-body.ts';
import { testConfig } from '../../support/agent-config.ts';
import {
  feed,
  later,
  payloads,
  summaries,
  type Timed,
  timerMs,
} from '../../support/agent-machine.ts';

const machine = cloudTimeMachine(testConfig().time);
const requesting = cloudTimeMachine(testConfig({ shadow: false, jobs: false }).time);

const jobNext = (timestamp: number): Event => ({ type: 'cloud/job-next', body: { timestamp } });
const notGot = (timestamp?: number): Event => ({
  type: 'cloud/shadow-not-got',
  body: { code: 404, message: 'none', ...(timestamp === undefined ? {} : { timestamp }) },
});
const command: Event = {
  type: 'cloud/command',
  body: { v: 1, id: 'c', command: 'start', issuedMs: 0, expiresMs: 5e12, initiator: 'cloud' },
};
const delta: Event = {
  type: 'cloud/shadow-delta',
  body: { state: {}, version: 1, timestamp: 1_800_000_000 },
};

/** The stamps are made from that time now. */
const synced = (cloudMs: number, connection = 1): Event => ({
  ...{ type: 'time/synced', cloudMs, boardMs: 5000, connection },
});

const sources: readonly (readonly [string, Event])[] = [
  [
    'the shadow',
    { type: 'cloud/shadow-got', body: { state: {}, version: 1, timestamp: 1_800_000_000 } },
  ],
  ['an absent shadow', notGot(1_800_000_000)],
  ['a job answer', jobNext(1_800_000_000)],
  ['a timestamp in milliseconds', jobNext(1_800_000_000_000)],
  [
    'an accepted update',
    { type: 'cloud/shadow-updated', body: { version: 1, timestamp: 1_800_000_000 } },
  ],
];

describe('cloud time', () => {
  it.each([0, 1, 1_700_000_000, 1_700_000_000_000])(
    'is not learnt from the timestamp %i, which is before 2026',
    (timestamp) => {
      const step = feed(machine, [linkUp, jobNext(timestamp)]);
      expect([step.state.known, step.effects ?? [], step.events ?? []]).toEqual([false, [], []]);
    },
  );

  it.each(sources)('is learnt from %s', (_name, event) => {
    const sync = feed(machine, [linkUp, event]);
    const cloudMs = 1_800_000_000_000;
    expect(sync.effects).toEqual([{ type: 'time/sync', cloudMs, connection: 1 }]);
    const step = feed(machine, [linkUp, event, synced(cloudMs)]);
    expect(step.events).toEqual([{ type: 'time/known', cloudMs, boardMs: 5000 }]);
    expect(step.state.known).toBe(true);
  });

  it.each([
    ['a command, which may be old', command],
    ['a delta, which may be repeated', delta],
    ['an answer without a timestamp', notGot()],
    ['a timestamp before 2026', jobNext(1_700_000_000)],
  ] as const)('is not learnt from %s', (_name, event) => {
    expect(summaries(feed(machine, [linkUp, event]))).toEqual([]);
  });

  it('is learnt once per connection', () => {
    const known = [linkUp, jobNext(1_800_000_000), synced(1_800_000_000_000)];
    const retry = feed(machine, [...known, jobNext(1_800_000_001)]);
    expect(retry.effects).toBeUndefined();
  });

  it('is learnt again on the next connection', () => {
    const known = [linkUp, jobNext(1_800_000_000), synced(1_800_000_000_000)];
    const step = feed(machine, [...known, linkDown, linkUp, jobNext(1_900_000_000)]);
    expect(step.effects).toEqual([
      { type: 'time/sync', cloudMs: 1_900_000_000_000, connection: 2 },
    ]);
  });

  it('is synchronised once, however many answers arrive before that is done', () => {
    const answers = [linkUp, jobNext(1_800_000_000), jobNext(1_800_000_001)];
    expect(feed(machine, answers).effects).toBeUndefined();
    const lost = [...answers, { type: 'news/missed' } as const, jobNext(1_800_000_002)];
    expect(summaries(feed(machine, lost))).toEqual(['time/sync']);
  });

  it.each<readonly [string, readonly Timed[]]>([
    ['after the end of its connection', [linkUp, linkDown]],
    ['on a later connection', [linkUp, linkDown, linkUp]],
  ])('stays unknown when it is synchronised %s', (_name, events) => {
    const step = feed(machine, [...events, synced(1_800_000_000_000)]);
    expect([step.state.known, step.events ?? []]).toEqual([false, []]);
  });
});

describe('cloud time without shadow and jobs', () => {
  const cloudMs = 1_800_000_000_000;
  const requestEffects = ['publish time', 'timer/set time/retry'];
  const at = (ms: number, freshId: string) => later(ms, { freshId });
  const up = (freshId: string, ms = 0): Timed => [linkUp, at(ms, freshId)];
  const again = (freshId: string, ms: number): Timed => [timer('time/retry'), at(ms, freshId)];
  const answer = (token: string, ms: number, answeredMs = cloudMs): Timed => [
    { type: 'cloud/time-received', body: { v: 1, token, cloudMs: answeredMs } },
    later(ms),
  ];
  const syncedTo = ({ effects = [] }: ReturnType<typeof feed<CloudTimeState, TimeEffect>>) =>
    effects.flatMap((effect) => (effect.type === 'time/sync' ? [effect.cloudMs] : []));
  const a = 'a'.repeat(16);
  const b = 'b'.repeat(16);

  it.each<readonly [string, boolean, Parameters<typeof testConfig>[0]]>([
    ['neither service', true, { shadow: false, jobs: false }],
    ['jobs but no firmware keys', true, { shadow: false, firmwareKeys: '' }],
    ['the shadow', false, { jobs: false }],
    ['jobs', false, { shadow: false }],
  ])('is requested with %s in use: %j', (_name, isRequested, change) => {
    const step = feed(cloudTimeMachine(testConfig(change).time), [linkUp]);
    expect(summaries(step)).toEqual(isRequested ? requestEffects : []);
  });

  it('is requested with a fresh token at each connection and each retry', () => {
    expect(payloads(feed(requesting, [up(a)]))).toEqual([{ v: 1, token: a }]);
    expect(payloads(feed(requesting, [up(a), again(b, 6000)]))).toEqual([{ v: 1, token: b }]);
    expect(payloads(feed(requesting, [up(a), linkDown, up(b, 9000)]))).toEqual([
      { v: 1, token: b },
    ]);
  });

  it('is taken as the middle of the round trip', () => {
    const step = feed(requesting, [up(a), answer(a, 301)]);
    expect(syncedTo(step)).toEqual([cloudMs + 151]);
  });

  it.each<readonly [string, boolean, readonly Timed[]]>([
    ['after 4 s', true, [up(a), answer(a, 4000)]],
    ['after more than 4 s', false, [up(a), answer(a, 4001)]],
    ['to another request', false, [up(a), answer(b, 10)]],
    ['to an earlier request', false, [up(a), again(b, 6000), answer(a, 6010)]],
    ['to a request of an earlier connection', false, [up(a), linkDown, up(b), answer(a, 10)]],
    ['after the end of the connection', false, [up(a), linkDown, answer(a, 10)]],
    ['to no request', false, [answer(a, 10)]],
    ['with a time before 2026', false, [up(a), answer(a, 10, 1_700_000_000_000)]],
    ['to the last request', true, [up(a), answer(b, 10), again(b, 6000), answer(b, 6010)]],
  ])('is accepted from an answer %s: %j', (_name, known, events) => {
    expect(syncedTo(feed(requesting, events))).toHaveLength(known ? 1 : 0);
  });

  it('is accepted once from one answer', () => {
    const step = feed(requesting, [up(a), answer(a, 10), answer(a, 3000)]);
    expect([step.effects, step.events]).toEqual([undefined, undefined]);
  });

  it('is requested again after a day, and stays known meanwhile', () => {
    const step = feed(requesting, [up(a), answer(a, 10)]);
    expect(timerMs(step, 'time/retry')).toBe(30 * 3_600_000);
    const next = feed(requesting, [up(a), answer(a, 10), synced(cloudMs + 5), again(b, 1e8)]);
    expect(summaries(next)).toEqual(requestEffects);
    expect(timerMs(next, 'time/retry')).toBe(5000);
    expect(next.state.known).toBe(true);
    const better = feed(requesting, [
      up(a),
      answer(a, 10),
      again(b, 1e8),
      answer(b, 1e8 + 20, cloudMs + 7),
    ]);
    expect(syncedTo(better)).toEqual([cloudMs + 17]);
  });

  it('is not requested while the link is down', () => {
    expect(summaries(feed(requesting, [up(a), linkDown, again(b, 6000)]))).toEqual([]);
    const disconnected = feed(requesting, [up(a), answer(a, 10), synced(cloudMs + 5), linkDown]);
    expect(disconnected.state.known).toBe(false);
  });
});
