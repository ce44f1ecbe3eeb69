import type { Command } from '../../protocol/schemas/commands.ts';
import { type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { CommandsEffect } from './effects.ts';
import { validUntilMonoMs } from './ends.ts';
import { countRejection, logRejection, rejectCommand, tooMany } from './refuse.ts';
import { type Refusal, rememberRefusal } from './refused.ts';
import {
  type CommandsConfig,
  type CommandsState,
  initiatorOf,
  outcomeOf,
  publishOutcome,
  roomOf,
} from './state.ts';

/** Commands that the store rejects: without a stored intent only `stop` starts. */

/** After a failure the store is not tried for each command of a flood. */
export const storeAgainMs = 5000;

export function startUnstored(
  config: CommandsConfig,
  state: CommandsState,
  command: Command,
  moment: Moment,
): Step<CommandsState, CommandsEffect> {
  if (command.command !== 'stop') {
    return logRejection(
      countRejection(state, 'not-stored'),
      { ...command, word: 'not-stored' },
      moment,
    );
  }
  if (state.unstored.has(command.id)) return unchanged(state);
  if (state.unstored.size >= roomOf(command).running) {
    return rejectCommand(config, state, command, tooMany, moment);
  }
  return {
    state: { ...state, unstored: new Map(state.unstored).set(command.id, command) },
    effects: [
      {
        type: 'body/stop',
        ...{ tag: command.id, initiator: initiatorOf(command) },
        validUntilMonoMs: validUntilMonoMs(command, moment),
      },
    ],
  };
}

/** A `stop` that was not stored has ended: its answer is remembered like those of commands that never started. */
export function finishUnstored(
  config: CommandsConfig,
  before: CommandsState,
  command: Command,
  refusal: Refusal,
  moment: Moment,
): Step<CommandsState, CommandsEffect> {
  const { id } = command;
  const unstored = new Map(before.unstored);
  unstored.delete(id);
  const refused = rememberRefusal(before.refused, { id, refusal }, moment.now.monoMs);
  const outcome = outcomeOf(id, refusal, moment);
  return { state: { ...before, unstored, refused }, effects: [publishOutcome(config, outcome)] };
}
