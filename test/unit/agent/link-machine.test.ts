import { describe, expect, it } from 'vitest';
import type { Pair } from '../../../agent/events.ts';
import { type LinkState, linkMachine } from '../../../agent/link/machine.ts';
import { linkDown, linkUp, timer } from '../../support/agent-body.ts';
import { brief, type Heard, hear, later, moment, pauseMs } from '../../support/agent-machine.ts';
import { certificate } from '../../support/agent-pairs.ts';

const machine = linkMachine({ retryMs: 2000, retryMsMax: 300_000 });
const ready = { type: 'clock/ready' } as const;
const retry = timer('link/retry');
const down = ['timer/set link/retry', 'note link down'];
const use = (pair: Pair) => ({ type: 'identity/use', pair }) as const;
const nextUp = { type: 'link/up', pair: 'next' } as const;
const promoted = { type: 'identity/promoted', current: certificate(2) } as const;

interface Row {
  readonly name: string;
  readonly events: readonly Heard[];
  readonly effects: readonly string[];
  readonly state: Partial<LinkState>;
}

const rows: readonly Row[] = [
  {
    name: 'the clock is good enough: connects',
    events: [ready],
    effects: ['link/open'],
    state: { name: 'connecting' },
  },
  {
    name: 'up: nothing is to be done, and it is counted',
    events: [ready, linkUp],
    effects: [],
    state: { name: 'up', connects: 1, failures: 0 },
  },
  {
    name: 'refused: waits',
    events: [ready, linkDown],
    effects: down,
    state: { name: 'waiting', failures: 1, last: linkDown.observation },
  },
  {
    name: 'the pause is over: connects again',
    events: [ready, linkDown, retry],
    effects: ['link/open'],
    state: { name: 'connecting', failures: 1 },
  },
  {
    name: 'a connection that lived for a minute clears the failures',
    events: [ready, linkDown, retry, linkUp, [linkDown, later(60_000)]],
    effects: down,
    state: { failures: 0 },
  },
  {
    name: 'one that lived for less counts as a failure',
    events: [ready, linkDown, retry, linkUp, [linkDown, later(59_999)]],
    effects: down,
    state: { failures: 2 },
  },
  {
    name: 'a retry timer while up means nothing',
    events: [ready, linkUp, retry],
    effects: [],
    state: { name: 'up' },
  },
  {
    name: 'up twice is up once',
    events: [ready, linkUp, linkUp],
    effects: [],
    state: { connects: 1 },
  },
  {
    name: 'down twice is down once',
    events: [ready, linkDown, linkDown],
    effects: [],
    state: { failures: 1 },
  },
  {
    name: 'a foreign timer means nothing',
    events: [ready, linkDown, timer('missions/look')],
    effects: [],
    state: { name: 'waiting' },
  },
  {
    name: 'another pair while up: the connection is ended',
    events: [ready, linkUp, use('next')],
    effects: ['link/close'],
    state: { name: 'up', pair: 'next' },
  },
  {
    name: 'and when it has ended, opened by that pair',
    events: [ready, linkUp, use('next'), linkDown, retry],
    effects: ['link/open'],
    state: { name: 'connecting', pair: 'next' },
  },
  {
    name: 'another pair while connecting: the attempt is given up for one by it',
    events: [ready, use('next')],
    effects: ['link/open'],
    state: { name: 'connecting', pair: 'next' },
  },
  {
    name: 'and what the old attempt still says means nothing',
    events: [ready, use('next'), linkUp],
    effects: [],
    state: { name: 'connecting', pair: 'next', connects: 0 },
  },
  {
    name: 'another pair while waiting: for the next attempt',
    events: [ready, linkDown, use('next')],
    effects: [],
    state: { name: 'waiting', pair: 'next' },
  },
  {
    name: 'another pair before the clock is good enough: for the first attempt',
    events: [use('next'), ready],
    effects: ['link/open'],
    state: { name: 'connecting', pair: 'next' },
  },
  {
    name: 'the same pair: nothing',
    events: [ready, linkUp, use('current')],
    effects: [],
    state: { name: 'up', pair: 'current' },
  },
  {
    name: 'the pair is promoted: its connection goes on',
    events: [ready, use('next'), nextUp, promoted],
    effects: [],
    state: { name: 'up', pair: 'current' },
  },
  {
    name: 'the pair is promoted while it connects: its old name may be gone',
    events: [ready, use('next'), nextUp, linkDown, retry, promoted],
    effects: ['link/open'],
    state: { name: 'connecting', pair: 'current' },
  },
];

describe('the link machine', () => {
  it.each(rows)('$name', ({ events, effects, state }) => {
    const step = hear(machine, events);
    expect(brief(step)).toEqual(effects);
    expect(step.state).toMatchObject(state);
  });

  it.each([
    [1, 0, 1000],
    [1, 0.999, 3996],
    [3, 0.5, 8000],
    [8, 0.999, 299_700],
    [40, 0.999, 299_700],
    [40, 0, 1000],
  ])('after %i failures and chance %f it waits %i ms', (failures, draw, ms) => {
    const failing = Array.from({ length: failures - 1 }, () => [linkDown, retry]).flat();
    const step = hear(machine, [ready, ...failing, [linkDown, { ...moment, draw }]]);
    expect(step.state.failures).toBe(failures);
    expect(pauseMs(step, 'link/retry')).toBe(ms);
  });

  it('stores nothing', () => {
    const { state } = hear(machine, [ready, linkUp, linkDown]);
    expect([state.row, state.items.size]).toEqual([null, 0]);
  });
});
