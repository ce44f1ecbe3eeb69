import type { Step } from '../kernel/machine.ts';
import type { CommandsEffect } from './effects.ts';
import type { CommandsState } from './state.ts';

/** Runs steps one after another and collects all their effects. */
export function runInTurn(
  state: CommandsState,
  ...steps: readonly ((state: CommandsState) => Step<CommandsState, CommandsEffect>)[]
): Step<CommandsState, CommandsEffect> {
  return steps.reduce<Step<CommandsState, CommandsEffect>>(
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
