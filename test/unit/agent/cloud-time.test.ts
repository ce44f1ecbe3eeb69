import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import { cloudTimeMachine } from '../../../agent/link/cloud-time.ts';
import { linkDown, linkUp } from '../../support/agent-body.ts';
import { hear } from '../../support/agent-machine.ts';

const jobNext = (timestamp: number): Event => ({ type: 'cloud/job-next', body: { timestamp } });
const notGot = (timestamp?: number): Event => ({
  type: 'cloud/shadow-not-got',
  body: { code: 404, message: 'none', ...(timestamp === undefined ? {} : { timestamp }) },
});
const command: Event = {
  type: 'cloud/command',
  body: { v: 1, id: 'c', command: 'start', expiresMs: 5e12, initiator: 'cloud' },
};
const delta: Event = {
  type: 'cloud/shadow-delta',
  body: { state: {}, version: 1, timestamp: 1_800_000_000 },
};

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
      const step = hear(cloudTimeMachine, [linkUp, jobNext(timestamp)]);
      expect([step.state.known, step.effects ?? [], step.events ?? []]).toEqual([false, [], []]);
    },
  );

  it.each(sources)('is learnt from %s', (_name, event) => {
    const step = hear(cloudTimeMachine, [linkUp, event]);
    expect(step.effects).toEqual([{ type: 'time/sync', cloudMs: 1_800_000_000_000 }]);
    expect(step.events).toEqual([{ type: 'time/known', cloudMs: 1_800_000_000_000 }]);
    expect(step.state.known).toBe(true);
  });

  it.each([
    ['a command, which may have been under way for long', command],
    ['a delta, which may be repeated', delta],
    ['an answer without a time', notGot()],
    ['a time before any robot was made', jobNext(1_700_000_000)],
  ] as const)('is not learnt from %s', (_name, event) => {
    expect(hear(cloudTimeMachine, [linkUp, event]).state.known).toBe(false);
  });

  it('is learnt once a connection', () => {
    const again = hear(cloudTimeMachine, [jobNext(1_800_000_000), jobNext(1_800_000_001)]);
    expect(again.effects).toBeUndefined();
  });

  it('is asked for again on the next connection', () => {
    const step = hear(cloudTimeMachine, [
      jobNext(1_800_000_000),
      linkDown,
      linkUp,
      jobNext(1_900_000_000),
    ]);
    expect(step.effects).toEqual([{ type: 'time/sync', cloudMs: 1_900_000_000_000 }]);
  });
});
