import type { Command, CommandOutcome } from '../../protocol/schemas/commands.ts';
import { type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { CommandsEffect } from './effects.ts';
import { spendBudget } from './pace.ts';
import { type Refusal, rememberRefusal } from './refused.ts';
import { type CommandsConfig, type CommandsState, outcomeOf, publishOutcome } from './state.ts';

/** The answer to a command that is not started. */

export const tooMany: Refusal = { outcome: 'refused', reason: 'too-many' };
export const tooLong: Refusal = { outcome: 'refused', reason: 'life-too-long' };
export const superseded: Refusal = { outcome: 'refused', reason: 'superseded' };
export const expired: Refusal = { outcome: 'expired' };

/** Answers a command that is not started and never will be. */
export function rejectCommand(
  config: CommandsConfig,
  before: CommandsState,
  { id, command }: Command,
  refusal: Refusal,
  moment: Moment,
): Step<CommandsState, CommandsEffect> {
  const word = refusal.reason ?? refusal.outcome;
  const state: CommandsState = {
    ...countRejection(removeWaiting(before, id), word),
    refused: rememberRefusal(before.refused, { id, refusal }, moment.now.monoMs),
  };
  const answered = repeatOutcome(config, state, outcomeOf(id, refusal, moment), moment);
  if (refusal.outcome === 'expired') return answered;
  const logged = logRejection(answered.state, { id, command, word }, moment);
  return { ...logged, effects: [...(answered.effects ?? []), ...(logged.effects ?? [])] };
}

/** Answers a command that is not started, or has ended already, as often as the pace allows; the cloud retries. */
export function repeatOutcome(
  config: CommandsConfig,
  state: CommandsState,
  outcome: CommandOutcome,
  { now }: Moment,
): Step<CommandsState, CommandsEffect> {
  const pace = spendBudget(state.pace, 'answers', now.monoMs);
  if (pace === undefined) return unchanged(state);
  return { state: { ...state, pace }, effects: [publishOutcome(config, outcome)] };
}

export function logRejection(
  state: CommandsState,
  { id, command, word }: { id: string; command: string; word: string },
  { now }: Moment,
): Step<CommandsState, CommandsEffect> {
  if (state.loggedMs !== null && now.monoMs - state.loggedMs < logEveryMs) return unchanged(state);
  const about = { commandId: id, command, reason: word, refused: state.refusals };
  return {
    state: { ...state, loggedMs: now.monoMs },
    effects: [{ type: 'note', level: 'warn', text: 'command not started', about }],
  };
}

/** A flood must not fill the log. */
const logEveryMs = 10_000;

export const countRejection = (state: CommandsState, word: string): CommandsState => ({
  ...state,
  refusals: { ...state.refusals, [word]: (state.refusals[word] ?? 0) + 1 },
});

export const removeWaiting = (state: CommandsState, id: string): CommandsState => ({
  ...state,
  waiting: state.waiting.filter((one) => one.id !== id),
});
