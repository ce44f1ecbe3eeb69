import type { Step } from '../machine.ts';
import type { CommandsState } from './state.ts';

/** Steps one after another, with all their effects. */
export function inTurn(
  state: CommandsState,
  ...steps: readonly ((state: CommandsState) => Step<CommandsState>)[]
): Step<CommandsState> {
  return steps.reduce<Step<CommandsState>>(
    (before, next) => {
      const after = next(before.state);
      return {
        state: after.state,
        effects: [...(before.effects ?? []), ...(after.effects ?? [])],
        events: [...(before.events ?? []), ...(after.events ?? [])],
      };
    },
    { state },
  );
}
