import { describe, expect, it } from 'vitest';
import { logChanges } from '../../../agent/kernel/log-changes.ts';
import type { Change, Line, Machine, MachineState } from '../../../agent/kernel/machine.ts';
import type { Turn } from '../../../agent/kernel/turn.ts';

const telling = (logChange?: (change: Change) => Line | undefined): Machine => ({
  name: 'a',
  format: { v: 1, minReader: 1 },
  restore: () => blank,
  step: (state) => ({ state }),
  view: () => null,
  ...(logChange && { logChange }),
});

const blank: MachineState = { row: 1, items: new Map([['x', 'old']]) };
const next: MachineState = { row: 2, items: new Map([['y', 'new']]) };
const write = (key: string) => ({ machine: 'a', key, value: null });
const turn: Turn = {
  states: { a: next },
  writes: ['', 'x', 'y'].map(write),
  isDeferrable: false,
  effects: [],
};

describe('the log of a turn', () => {
  it('passes each durable change to its machine, before and after', () => {
    const changes: Change[] = [];
    const machine = telling((change) => {
      changes.push(change);
      return undefined;
    });
    expect(logChanges([machine], { a: blank }, turn)).toEqual([]);
    expect(changes).toEqual([
      { key: '', before: 1, after: 2 },
      { key: 'x', before: 'old', after: undefined },
      { key: 'y', before: undefined, after: 'new' },
    ]);
  });

  it('keeps the order of the changes, and leaves out those without a line', () => {
    const line = (key: string): Line => ({ text: `about ${key}`, about: { key } });
    const machine = telling(({ key }) => (key === '' ? undefined : line(key)));
    expect(logChanges([machine], { a: blank }, turn)).toEqual([line('x'), line('y')]);
  });

  it('has no line of a machine that reports none', () => {
    expect(logChanges([telling()], { a: blank }, turn)).toEqual([]);
  });

  it('names the machine that throws', () => {
    const machine = telling(() => {
      throw new TypeError('odd');
    });
    expect(() => logChanges([machine], { a: blank }, turn)).toThrow(
      expect.objectContaining({ code: 'machine-crashed', machine: 'a', event: 'log-change' }),
    );
  });
});
