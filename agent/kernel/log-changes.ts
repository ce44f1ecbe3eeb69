import type { Line, Machine } from './machine.ts';
import { MachineCrashed } from './machine-crashed.ts';
import type { States, Turn } from './turn.ts';

/**
 * Logs a turn: one line for each durable change that its machine considers worth logging, with the artifact's id. Only
 * stored changes are logged, so the log agrees with the store.
 */
export function logChanges(machines: readonly Machine[], before: States, turn: Turn): Line[] {
  return turn.writes.flatMap(({ machine: name, key }) => {
    const machine = machines.find((one) => one.name === name);
    const valueIn = (states: States) =>
      key === '' ? states[name]?.row : states[name]?.items.get(key);
    try {
      return (
        machine?.logChange?.({ key, before: valueIn(before), after: valueIn(turn.states) }) ?? []
      );
    } catch (cause) {
      throw new MachineCrashed(name, 'log-change', { cause });
    }
  });
}
