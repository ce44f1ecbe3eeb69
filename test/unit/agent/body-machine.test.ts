import { describe, expect, it } from 'vitest';
import { bodyMachine } from '../../../agent/body/machine.ts';
import type { Event } from '../../../agent/events.ts';
import { bodyEvent, polled, started, timer } from '../../support/agent-body.ts';
import { feed, summaries, type Timed, timerMs } from '../../support/agent-machine.ts';

const machine = bodyMachine({ retryMs: 30_000 });
const changed: Event = { type: 'body/changed' };
const requested: Event = { type: 'body/poll-requested', by: 'shadow' };
const notPolled: Event = { type: 'body/not-polled', code: 'unavailable' };
const notStored: Event = { type: 'body/not-polled', code: 'not-stored' };
const halfPolled: Event = { type: 'body/half-polled', commands: [], settings: null };

it.each<readonly [string, readonly Timed[], readonly string[]]>([
  ['polls at the start', [started], ['body/poll']],
  ['polls once at a time', [started, changed, requested], []],
  ['polls again when something changed during a poll', [started, changed, polled()], ['body/poll']],
  [
    'polls only once more, however many machines request it',
    [started, changed, requested, polled(), polled()],
    [],
  ],
  ['does nothing after a poll', [started, polled()], []],
  ['polls at each change', [started, polled(), changed], ['body/poll']],
  ['polls when another machine requests it', [started, polled(), requested], ['body/poll']],
  ['retries a poll that failed', [started, notPolled], ['timer/set body/poll']],
  ['retries a poll that succeeded in part', [started, halfPolled], ['timer/set body/poll']],
  ['polls at a change before the retry', [started, notPolled, changed], ['body/poll']],
  ['polls when the retry is due', [started, notPolled, timer('body/poll')], ['body/poll']],
  ['ignores other timers', [started, notPolled, timer('x')], []],
])('%s', (_name, events, effects) => {
  expect(summaries(feed(machine, events))).toEqual(effects);
});

it('retries after the configured delay, and sooner when only the store was full', () => {
  expect(timerMs(feed(machine, [started, notPolled]), 'body/poll')).toBe(30_000);
  expect(timerMs(feed(machine, [started, notStored]), 'body/poll')).toBe(5000);
});

describe('the body machine', () => {
  it.each<readonly [string, Event, object]>([
    ['passes on a snapshot', polled({ lastEvent: 4 }), { type: 'body/snapshot', events: [] }],
    [
      'passes on the readable part of a snapshot',
      halfPolled,
      { type: 'body/partial-snapshot', commands: [] },
    ],
    [
      'passes on that there is no snapshot',
      notPolled,
      { type: 'body/no-snapshot', code: 'unavailable' },
    ],
  ])('%s', (_name, outcome, expected) => {
    expect(feed(machine, [started, outcome]).events).toMatchObject([expected]);
  });

  it('passes on each event once, however often the body returns it', () => {
    const [one, two] = [bodyEvent(1, 'a'), bodyEvent(2, 'a')];
    const first = feed(machine, [started, polled({ lastEvent: 1 }, [one]), changed]);
    expect(first.effects).toEqual([{ type: 'body/poll', after: 1 }]);
    const second = machine.step(first.state, polled({ lastEvent: 2 }, [one, two]), {} as never);
    expect(second.events).toMatchObject([{ events: [two] }]);
  });

  it('passes on all events of a replaced body, which counts from the beginning', () => {
    const before = feed(machine, [started, polled({ lastEvent: 9 }, [bodyEvent(9, 'a')]), changed]);
    const fresh = polled({ lastEvent: 1 }, [bodyEvent(1, 'b')]);
    const step = machine.step(before.state, fresh, {} as never);
    expect(step.events).toMatchObject([{ events: [{ seq: 1 }] }]);
    expect(step.state.cursor).toBe(1);
  });
});

it('shows who requested a poll, and why the last poll failed', () => {
  const { state } = feed(machine, [started, notPolled, requested]);
  expect(machine.view(state)).toEqual({
    polling: true,
    requestedBy: 'shadow',
    failure: 'unavailable',
  });
});
