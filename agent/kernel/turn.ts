import assert from 'node:assert/strict';
import type { Event } from '../events.ts';
import { type Effect, type EffectTable, isOnce } from './effects.ts';
import type { Json, Machine, MachineState, Moment } from './machine.ts';
import { MachineCrashed } from './machine-crashed.ts';
import type { Write } from './ports.ts';

export const eventsPerTurnMax = 64;

/** The inputs of a turn: the machines in the order in which they receive an event, and all effects. */
export interface Machinery<Context = never> {
  readonly machines: readonly Machine[];
  readonly effects: EffectTable<Context>;
}

/** The machines' states by name. */
export type States = Readonly<Record<string, MachineState>>;

export interface Turn {
  readonly states: States;
  /** What must be durable before the effects start; empty when no durable value changed. */
  readonly writes: readonly Write[];
  /** None of the writes must be durable now or before an effect (`Machine.isDeferrable`). */
  readonly isDeferrable: boolean;
  readonly effects: readonly Effect[];
}

/**
 * Theory of operation. A turn is one outside event and all the inside events that it causes. They are delivered to the
 * machines in a fixed order, breadth first. A turn is computed without side effects; the loop then stores all its
 * writes in one transaction and starts the effects in order. A crash at any point leaves the state before the turn or
 * after it, never between, and no effect without its stored intent.
 *
 * More than 64 events in a turn mean that machines send events in a circle: a bug, which ends the process. An exception
 * of a machine also ends it, as `machine-crashed` with the machine's name; the next run may go on without that machine
 * (`supervise/crashes.ts`).
 */
export function takeTurn<Context>(
  { machines, effects: table }: Machinery<Context>,
  before: States,
  outside: Event,
  moment: Moment,
): Turn {
  const states: Record<string, MachineState> = { ...before };
  const effects: { readonly machine: string; readonly effect: Effect }[] = [];
  const queue: Event[] = [outside];
  for (let next = 0; next < queue.length; next++) {
    assert(next < eventsPerTurnMax, `more than ${eventsPerTurnMax} events after ${outside.type}`);
    for (const machine of machines) {
      const state = states[machine.name];
      assert(state !== undefined);
      const step = stepOf(machine, state, queue[next] as Event, moment);
      states[machine.name] = step.state;
      for (const effect of step.effects ?? []) effects.push({ machine: machine.name, effect });
      queue.push(...(step.events ?? []));
    }
  }
  const changed = machines.flatMap((machine) =>
    writesOf(machine, before[machine.name] as MachineState, states[machine.name] as MachineState),
  );
  const writes = changed.map(({ write }) => write);
  for (const { machine, effect } of effects) {
    const stored = writes.some((write) => write.machine === machine);
    if (!isOnce(table, effect) || stored) continue;
    throw new MachineCrashed(machine, outside.type, { what: `${effect.type} without an intent` });
  }
  const isDeferrable =
    changed.every((change) => change.isDeferrable) &&
    effects.every(({ effect }) => !isOnce(table, effect));
  return { states, writes, isDeferrable, effects: effects.map(({ effect }) => effect) };
}

function stepOf(machine: Machine, state: MachineState, event: Event, moment: Moment) {
  try {
    return machine.step(state, event, moment);
  } catch (cause) {
    throw new MachineCrashed(machine.name, event.type, { cause });
  }
}

/** The writes needed to restore `after`. Values are compared by reference: states are immutable. */
function writesOf(machine: Machine, before: MachineState, after: MachineState): Written[] {
  const { name, format } = machine;
  const written: Written[] = [];
  const write = (key: string, was: Json | undefined, is: Json | undefined) =>
    written.push({
      write: { machine: name, key, value: is === undefined ? null : { ...format, data: is } },
      isDeferrable: machine.isDeferrable?.({ key, before: was, after: is }) ?? false,
    });
  if (after.row !== before.row) write('', before.row, after.row);
  if (after.items === before.items) return written;
  let added = 0;
  for (const [key, item] of after.items) {
    const old = before.items.get(key);
    if (old === undefined) added += 1;
    if (old !== item) write(key, old, item);
  }
  // Fast path: history usually only grows.
  if (after.items.size === before.items.size + added) return written;
  for (const [key, item] of before.items) if (!after.items.has(key)) write(key, item, undefined);
  return written;
}

interface Written {
  readonly write: Write;
  readonly isDeferrable: boolean;
}
