import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import { type CloudTimeState, cloudTimeMachine } from '../../../agent/time/cloud-time.ts';
import type { TimeEffect } from '../../../agent/time/effects.ts';
import { linkDown, linkUp, timer } from '../../support/agent-body.ts';
import { testConfig } from '../../support/agent-config.ts';
import { brief, feed, later, pauseMs, payloads, type Timed } from '../../support/agent-machine.ts';

const machine = cloudTimeMachine(testConfig().time);
const asking = cloudTimeMachine(testConfig({ shadow: false, jobs: false }).time);

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
  ['milliseconds', jobNext(1_800_000_000_000)],
  [
    'an accepted update',
    { type: 'cloud/shadow-updated', body: { version: 1, timestamp: 1_800_000_000 } },
  ],
];

describe('cloud time', () => {
  it.each([0, 1, 1_700_000_000, 1_700_000_000_000])(
    'is not %i: no robot was made before 2026',
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
    ['a command, which may have been under way for long', command],
    ['a delta, which may be repeated', delta],
    ['an answer without a time', notGot()],
    ['a time before any robot was made', jobNext(1_700_000_000)],
  ] as const)('is not learnt from %s', (_name, event) => {
    expect(brief(feed(machine, [linkUp, event]))).toEqual([]);
  });

  it('is learnt once a connection', () => {
    const known = [linkUp, jobNext(1_800_000_000), synced(1_800_000_000_000)];
    const again = feed(machine, [...known, jobNext(1_800_000_001)]);
    expect(again.effects).toBeUndefined();
  });

  it('is asked for again on the next connection', () => {
    const known = [linkUp, jobNext(1_800_000_000), synced(1_800_000_000_000)];
    const step = feed(machine, [...known, linkDown, linkUp, jobNext(1_900_000_000)]);
    expect(step.effects).toEqual([
      { type: 'time/sync', cloudMs: 1_900_000_000_000, connection: 2 },
    ]);
  });

  it('is synchronised once, however many answers come before that is done', () => {
    const answers = [linkUp, jobNext(1_800_000_000), jobNext(1_800_000_001)];
    expect(feed(machine, answers).effects).toBeUndefined();
    const lost = [...answers, { type: 'news/missed' } as const, jobNext(1_800_000_002)];
    expect(brief(feed(machine, lost))).toEqual(['time/sync']);
  });

  it.each<readonly [string, readonly Timed[]]>([
    ['whose connection has ended', [linkUp, linkDown]],
    ['of an earlier connection', [linkUp, linkDown, linkUp]],
  ])('%s stays unknown', (_name, events) => {
    const step = feed(machine, [...events, synced(1_800_000_000_000)]);
    expect([step.state.known, step.events ?? []]).toEqual([false, []]);
  });
});

describe('cloud time where neither shadow nor jobs are used', () => {
  const cloudMs = 1_800_000_000_000;
  const asks = ['publish time', 'timer/set time/retry'];
  const at = (ms: number, freshId: string) => later(ms, { freshId });
  const up = (freshId: string, ms = 0): Timed => [linkUp, at(ms, freshId)];
  const again = (freshId: string, ms: number): Timed => [timer('time/retry'), at(ms, freshId)];
  const told = (token: string, ms: number, tells = cloudMs): Timed => [
    { type: 'cloud/time-received', body: { v: 1, token, cloudMs: tells } },
    later(ms),
  ];
  const syncedTo = ({ effects = [] }: ReturnType<typeof feed<CloudTimeState, TimeEffect>>) =>
    effects.flatMap((effect) => (effect.type === 'time/sync' ? [effect.cloudMs] : []));
  const a = 'a'.repeat(16);
  const b = 'b'.repeat(16);

  it.each<readonly [string, boolean, Parameters<typeof testConfig>[0]]>([
    ['neither', true, { shadow: false, jobs: false }],
    ['jobs without keys for firmware', true, { shadow: false, firmwareKeys: '' }],
    ['the shadow', false, { jobs: false }],
    ['jobs', false, { shadow: false }],
  ])('with %s: asked for is %j', (_name, asked, change) => {
    const step = feed(cloudTimeMachine(testConfig(change).time), [linkUp]);
    expect(brief(step)).toEqual(asked ? asks : []);
  });

  it('is asked for with a fresh token at each connection and each time', () => {
    expect(payloads(feed(asking, [up(a)]))).toEqual([{ v: 1, token: a }]);
    expect(payloads(feed(asking, [up(a), again(b, 6000)]))).toEqual([{ v: 1, token: b }]);
    expect(payloads(feed(asking, [up(a), linkDown, up(b, 9000)]))).toEqual([{ v: 1, token: b }]);
  });

  it('is the middle of the round trip', () => {
    const step = feed(asking, [up(a), told(a, 301)]);
    expect(syncedTo(step)).toEqual([cloudMs + 151]);
  });

  it.each<readonly [string, boolean, readonly Timed[]]>([
    ['after 4 s', true, [up(a), told(a, 4000)]],
    ['after more', false, [up(a), told(a, 4001)]],
    ['of another question', false, [up(a), told(b, 10)]],
    ['of an earlier question', false, [up(a), again(b, 6000), told(a, 6010)]],
    ['of an earlier connection', false, [up(a), linkDown, up(b), told(a, 10)]],
    ['after the connection', false, [up(a), linkDown, told(a, 10)]],
    ['to nobody', false, [told(a, 10)]],
    ['from before any robot was made', false, [up(a), told(a, 10, 1_700_000_000_000)]],
    ['of the last question', true, [up(a), told(b, 10), again(b, 6000), told(b, 6010)]],
  ])('by an answer %s: %j', (_name, known, events) => {
    expect(syncedTo(feed(asking, events))).toHaveLength(known ? 1 : 0);
  });

  it('is not taken twice from one answer', () => {
    const step = feed(asking, [up(a), told(a, 10), told(a, 3000)]);
    expect([step.effects, step.events]).toEqual([undefined, undefined]);
  });

  it('is asked for again after a day, and stays known meanwhile', () => {
    const step = feed(asking, [up(a), told(a, 10)]);
    expect(pauseMs(step, 'time/retry')).toBe(30 * 3_600_000);
    const next = feed(asking, [up(a), told(a, 10), synced(cloudMs + 5), again(b, 1e8)]);
    expect(brief(next)).toEqual(asks);
    expect(pauseMs(next, 'time/retry')).toBe(5000);
    expect(next.state.known).toBe(true);
    const better = feed(asking, [
      up(a),
      told(a, 10),
      again(b, 1e8),
      told(b, 1e8 + 20, cloudMs + 7),
    ]);
    expect(syncedTo(better)).toEqual([cloudMs + 17]);
  });

  it('is not asked for while the link is down', () => {
    expect(brief(feed(asking, [up(a), linkDown, again(b, 6000)]))).toEqual([]);
    const gone = feed(asking, [up(a), told(a, 10), synced(cloudMs + 5), linkDown]);
    expect(gone.state.known).toBe(false);
  });
});
