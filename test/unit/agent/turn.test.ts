import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import { effects as all } from '../../../agent/features.ts';
import {
  type Machine,
  type MachineState,
  type Moment,
  noItems,
  type Step,
} from '../../../agent/kernel/machine.ts';
import { eventsPerTurnMax, type States, takeTurn } from '../../../agent/kernel/turn.ts';
import { timer } from '../../support/agent-body.ts';
import { moment } from '../../support/agent-machine.ts';

const changed: Event = { type: 'body/changed' };
const known = (cloudMs: number): Event => ({ type: 'time/known', cloudMs, boardMs: 0 });
const format = { v: 2, minReader: 1 };

/** A machine that answers by the event's type. */
const answering = (
  name: string,
  step: (state: MachineState, event: Event) => Step<MachineState>,
): Machine => ({
  name,
  format,
  restore: () => ({ row: null, items: noItems }),
  step,
  view: () => null,
});

const quiet = (state: MachineState): Step<MachineState> => ({ state });
const blank: MachineState = { row: null, items: noItems };
const from = (...names: string[]): States => Object.fromEntries(names.map((name) => [name, blank]));

const turnOf = (machines: readonly Machine[], ...rest: readonly [States, Event, Moment]) =>
  takeTurn({ machines, effects: all }, ...rest);

describe('a turn', () => {
  it('delivers events in a fixed order, breadth first', () => {
    const received: string[] = [];
    const noting = (name: string, cause: Event[]) =>
      answering(name, (state, event) => {
        received.push(`${name} ${event.type}`);
        return { state, events: event.type === 'body/changed' ? cause : [] };
      });
    const machines = [noting('a', [known(1)]), noting('b', [timer('x')])];
    turnOf(machines, from('a', 'b'), changed, moment);
    expect(received).toEqual([
      'a body/changed',
      'b body/changed',
      'a time/known',
      'b time/known',
      'a timer',
      'b timer',
    ]);
  });

  it('collects effects in the order of the requests', () => {
    const looking = answering('a', (state, event) =>
      event.type === 'body/changed'
        ? { state, effects: [{ type: 'body/poll', after: 1 }], events: [known(1)] }
        : { state, effects: [{ type: 'body/poll', after: 2 }] },
    );
    const { effects } = turnOf([looking], from('a'), changed, moment);
    expect(effects).toEqual([
      { type: 'body/poll', after: 1 },
      { type: 'body/poll', after: 2 },
    ]);
  });

  it('ends a cycle of events', () => {
    const talking = (most: number) => {
      let count = 1;
      return answering('a', (state) => ({ state, events: count++ < most ? [changed] : [] }));
    };
    const take = (most: number) => turnOf([talking(most)], from('a'), changed, moment);
    expect(take(eventsPerTurnMax).writes).toEqual([]);
    expect(() => take(eventsPerTurnMax + 1)).toThrow(/more than 64 events after body\/changed/);
  });

  it('names the machine that throws, the event and the error', () => {
    const broken = answering('b', (state, event) => {
      if (event.type === 'timer') throw new TypeError('odd');
      return { state, events: event.type === 'body/changed' ? [timer('x')] : [] };
    });
    const machines = [answering('a', quiet), broken];
    expect(() => turnOf(machines, from('a', 'b'), changed, moment)).toThrow(
      expect.objectContaining({
        code: 'machine-crashed',
        machine: 'b',
        event: 'timer',
        cause: expect.objectContaining({ message: 'odd' }),
      }),
    );
  });

  it('leaves the states before it unchanged', () => {
    const before = from('a');
    const rowing = answering('a', (state) => ({ state: { ...state, row: 1 } }));
    const { states } = turnOf([rowing], before, changed, moment);
    expect(before['a']).toBe(blank);
    expect(states['a']).toEqual({ row: 1, items: noItems });
  });
});

describe('the writes of a turn', () => {
  const items = (entries: Record<string, object>) => new Map(Object.entries(entries));
  const [one, two] = [{ n: 1 }, { n: 2 }];
  const becoming = (after: MachineState) => answering('a', () => ({ state: after }));
  const writes = (before: MachineState, after: MachineState) =>
    turnOf([becoming(after)], { a: before }, changed, moment).writes.map(
      ({ key, value }) =>
        `${key || 'row'}: ${value === null ? 'removed' : JSON.stringify(value.data)}`,
    );

  it.each<readonly [string, MachineState, MachineState, readonly string[]]>([
    ['are none when nothing changed', blank, blank, []],
    ['are none when only the rest of the state changed', blank, { ...blank }, []],
    ['have the row', blank, { ...blank, row: one }, ['row: {"n":1}']],
    ['have new items', blank, { row: null, items: items({ x: one }) }, ['x: {"n":1}']],
    [
      'have changed items, and not the others',
      { row: null, items: items({ x: one, y: two }) },
      { row: null, items: items({ x: one, y: one }) },
      ['y: {"n":1}'],
    ],
    [
      'have removed items',
      { row: null, items: items({ x: one, y: two }) },
      { row: null, items: items({ y: two }) },
      ['x: removed'],
    ],
    [
      'have a moved item as two writes',
      { row: null, items: items({ x: one }) },
      { row: null, items: items({ z: one }) },
      ['z: {"n":1}', 'x: removed'],
    ],
  ])('%s', (_name, before, after, expected) => {
    expect(writes(before, after)).toEqual(expected);
  });

  it('carry the format', () => {
    const { writes } = turnOf([becoming({ ...blank, row: 5 })], from('a'), changed, moment);
    expect(writes).toEqual([{ machine: 'a', key: '', value: { ...format, data: 5 } }]);
  });
});

describe('a once effect', () => {
  const reboot = { type: 'system/reboot', reason: 'x' } as const;
  const storing = answering('storing', (state) => ({ state: { ...state, row: 1 } }));
  const rash = answering('rash', (state) => ({ state, effects: [reboot] }));
  const careful = answering('careful', (state) => ({
    state: { ...state, row: 'intent' },
    effects: [reboot],
  }));

  it('is started with the intent that its machine stores', () => {
    expect(turnOf([careful], from('careful'), changed, moment).effects).toEqual([reboot]);
  });

  it('is rejected without an intent', () => {
    expect(() => turnOf([rash], from('rash'), changed, moment)).toThrow(
      expect.objectContaining({
        code: 'machine-crashed',
        machine: 'rash',
        message: expect.stringContaining('system/reboot without an intent'),
      }),
    );
  });

  it('is rejected with the intent of another machine only', () => {
    expect(() => turnOf([storing, rash], from('storing', 'rash'), changed, moment)).toThrow(
      /system\/reboot without an intent/,
    );
  });

  it('needs an intent, unlike a repeat effect', () => {
    const looking = answering('a', (state) => ({
      state,
      effects: [{ type: 'link/open', credentials: 'current' }],
    }));
    expect(turnOf([looking], from('a'), changed, moment).effects).toHaveLength(1);
  });
});

it('writes nothing for a machine without a change', () => {
  const turn = turnOf([answering('a', quiet)], from('a'), changed, moment);
  expect(turn).toEqual({ states: { a: blank }, writes: [], isDeferrable: true, effects: [] });
});
