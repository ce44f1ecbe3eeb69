import type { CommandRecord } from '../../hal/robot-body.ts';
import type { Command, CommandOutcome } from '../../protocol/schemas/commands.ts';
import type { Event } from '../events.ts';
import { type Machine, type Moment, type Step, unchanged } from '../kernel/machine.ts';
import type { CommandsEffect } from './effects.ts';
import { overMonoMs, surelyOverMonoMs, validUntilMonoMs } from './ends.ts';
import { runInTurn } from './in-turn.ts';
import { addHalt, isLifeTooLong, isOvertaken } from './overtaken.ts';
import { fullCommandPace, spendBudget } from './pace.ts';
import {
  expired,
  rejectCommand,
  removeWaiting,
  repeatOutcome,
  superseded,
  tooLong,
  tooMany,
} from './refuse.ts';
import { noRefused, type Refusal, refusalOf } from './refused.ts';
import {
  type CommandsConfig,
  type CommandsState,
  type Item,
  initiatorOf,
  isUrgent,
  outcomeOf,
  publishOutcome,
  roomOf,
} from './state.ts';
import { finishUnstored, startUnstored, storeAgainMs } from './unstored.ts';

/**
 * Theory of operation. A command runs at most once, never after its expiry, and ends in an outcome. The cloud repeats
 * it until it has the outcome, so this machine only answers.
 *
 *     (unknown id) --cloud/command--> waiting --room at the body--> executing --body/answered--> finished
 *                                     waiting --expired, superseded--> answered
 *                                     executing --restart or no response, then evidence of the body--> finished
 *     (unknown id) --too many, life too long, expired--> answered
 *
 * The id is stored as `executing` before the request to the body; the request to the body carries the id as its tag. After a
 * crash the first poll of the body settles the executing commands: either the body's list of commands has the tag, or
 * the outcome is `unknown-outcome`. Finished ids are kept, and a repeated command gets the same answer. When there are
 * too many, the oldest expired ones are forgotten (a repetition would be rejected as expired). The monotonic clock
 * decides whether one has expired (`ends.ts`).
 *
 * Waiting, executing and remembered commands are bounded. `stop` and `dock` have separate bounds (`Room`) and start
 * before all waiting commands. A command that would move the robot and was issued before one of them is `refused:
 * superseded`, whether it waits or arrives later (`overtaken.ts`). Commands that were issued after it start after it. A
 * command without room is `refused: too-many`; one that is valid for more than an hour is `refused: life-too-long`.
 * While a command's outcome is open because the body does not respond, only `stop` and `dock` are sent to it: old
 * commands must not pile up there.
 *
 * A command that never started is not stored: its answer is remembered in memory (`refused.ts`).
 *
 * Expiry is judged by the latest of cloud time, the clock floor and the other time sources (`moment.latestMs`), when a
 * command arrives and again when it starts. Until cloud time is known on this connection, commands wait. The numbers of
 * commands started and answered in an hour are bounded too (`pace.ts`).
 */
export function commandsMachine(config: CommandsConfig): Machine<CommandsState, CommandsEffect> {
  return {
    name: 'commands',
    format: { v: 1, minReader: 1 },
    restore(saved, { now }) {
      const items = (saved?.items ?? new Map()) as ReadonlyMap<string, Item>;
      const started = [...items.values()].map(({ command }) => command);
      const halts = started.reduce<CommandsState['halts']>(
        (all, one) => addHalt(all, one, { now }),
        [],
      );
      const unsettled = [...items].filter(([, { outcome }]) => outcome === null).map(([id]) => id);
      return {
        ...{ row: null, items, timeKnown: false, waiting: [], running: new Set(), halts },
        overAtMonoMs: { ends: new Map(), others: surelyOverMonoMs(now.monoMs) },
        ...{ unsettled, refused: noRefused, refusals: {}, loggedMs: null },
        ...{ unstored: new Map(), storeFailedMs: null, pace: fullCommandPace(now.monoMs) },
      };
    },
    step: (state, event, moment) => step(config, state, event, moment),
    view: ({ items, waiting, refusals }) => ({
      executing: [...items].filter(([, { outcome }]) => outcome === null).map(([id]) => id),
      finished: [...items.values()].filter(({ outcome }) => outcome !== null).length,
      waiting: waiting.length,
      refused: refusals,
    }),
    logChange({ key: commandId, after }) {
      if (after === undefined) return undefined;
      const { command, outcome } = after as Item;
      return {
        text: `command ${outcome?.outcome ?? 'executing'}`,
        about: { commandId, command: command.command, reason: outcome?.reason },
      };
    },
  };
}

function step(
  config: CommandsConfig,
  state: CommandsState,
  event: Event,
  moment: Moment,
): Step<CommandsState, CommandsEffect> {
  switch (event.type) {
    case 'cloud/command':
      return receiveCommand(config, state, event.body, moment);
    case 'command/not-stored':
      return handleStoreFailure(config, state, event.command, moment);
    case 'time/known': {
      // In a turn of its own: a store that rejects what other machines write now must not keep a `stop` waiting.
      const effects: CommandsEffect[] = [{ type: 'timer/set', key: expiryTimer, ms: 0 }];
      return {
        state: { ...state, timeKnown: true },
        effects: state.waiting.length > 0 ? effects : [],
      };
    }
    case 'timer':
      return event.key === expiryTimer ? startWaiting(config, state, moment) : unchanged(state);
    case 'link/down':
      return { state: { ...state, timeKnown: false, waiting: [] } };
    case 'body/answered':
      return handleAnswer(config, state, event.record, moment);
    case 'body/no-response':
      return handleNoResponse(config, state, event, moment);
    case 'body/snapshot':
      return settleByRecords(config, state, event.snapshot.commands, moment);
    case 'body/partial-snapshot':
      return settleByRecords(config, state, event.commands, moment);
    default:
      return unchanged(state);
  }
}

function receiveCommand(
  config: CommandsConfig,
  state: CommandsState,
  command: Command,
  moment: Moment,
): Step<CommandsState, CommandsEffect> {
  const { id } = command;
  const known = state.items.get(id);
  if (known !== undefined) {
    return known.outcome === null
      ? unchanged(state)
      : repeatOutcome(config, state, known.outcome, moment);
  }
  const refusal = refusalOf(state.refused, id);
  if (refusal !== undefined) {
    return repeatOutcome(config, state, outcomeOf(id, refusal, moment), moment);
  }
  if (state.waiting.some((one) => one.id === id) || state.unstored.has(id)) return unchanged(state);
  const halts = addHalt(state.halts, pickKnownFields(command), moment);
  const withHalts = { ...state, halts };
  const isForgotten = !isUrgent(command) && moment.now.monoMs < state.refused.forgottenUntilMonoMs;
  const { waiting } = state;
  const sameRoom = waiting.filter((one) => isUrgent(one) === isUrgent(command));
  if (isForgotten || sameRoom.length >= roomOf(command).waiting) {
    return rejectCommand(config, withHalts, command, tooMany, moment);
  }
  const accepted = { ...withHalts, waiting: [...waiting, pickKnownFields(command)] };
  return state.timeKnown ? startWaiting(config, accepted, moment) : { state: accepted };
}

/** Starts waiting commands if possible: urgent ones first, each kind in the order of arrival. */
function startWaiting(
  config: CommandsConfig,
  before: CommandsState,
  moment: Moment,
): Step<CommandsState, CommandsEffect> {
  if (!before.timeKnown || before.waiting.length === 0) return unchanged(before);
  const { waiting } = before;
  const urgent = waiting.filter(isUrgent);
  const ordinary = waiting.filter((command) => !isUrgent(command));
  const wallMs = moment.latestMs;
  const started = runInTurn(
    before,
    ...[...urgent, ...ordinary].map((command) => (state: CommandsState) => {
      if (wallMs >= command.expiresMs)
        return rejectCommand(config, state, command, expired, moment);
      if (isLifeTooLong(command, moment))
        return rejectCommand(config, state, command, tooLong, moment);
      if (isOvertaken(state.halts, command, moment))
        return rejectCommand(config, state, command, superseded, moment);
      return startCommand(config, state, command, moment);
    }),
  );
  const left = started.state.waiting.map(({ expiresMs }) => expiresMs - wallMs);
  if (left.length === 0) return started;
  // Expiry of waiting commands must be answered, whatever the body does.
  const effects: CommandsEffect[] = [
    { type: 'timer/set', key: expiryTimer, ms: Math.min(...left) },
  ];
  return { ...started, effects: [...(started.effects ?? []), ...effects] };
}

const expiryTimer = 'commands/expiry';

function startCommand(
  config: CommandsConfig,
  state: CommandsState,
  command: Command,
  moment: Moment,
): Step<CommandsState, CommandsEffect> {
  const { id, command: verb } = command;
  const room = roomOf(command);
  const sameRoom = (ids: Iterable<string>) =>
    [...ids].filter((one) => {
      const other = state.items.get(one)?.command;
      return other !== undefined && isUrgent(other) === isUrgent(command);
    }).length;
  const isBusy = sameRoom(state.running) + sameRoom(state.unsettled) >= room.running;
  // An unresponsive body gets no more than these when it responds again.
  if (isBusy || (state.unsettled.length > 0 && !isUrgent(command))) return unchanged(state);
  const pace = spendBudget(state.pace, isUrgent(command) ? 'urgent' : 'starts', moment.now.monoMs);
  if (pace === undefined) return rejectCommand(config, state, command, tooMany, moment);
  const rest = removeWaiting({ ...state, pace }, id);
  const { storeFailedMs } = state;
  if (storeFailedMs !== null && moment.now.monoMs - storeFailedMs < storeAgainMs) {
    return startUnstored(config, rest, command, moment);
  }
  const kept = rememberItem(rest, { command, outcome: null }, moment);
  if (sameRoom(kept.items.keys()) + 1 > room.kept) {
    return rejectCommand(config, rest, command, tooMany, moment);
  }
  if (verb === 'unknown') {
    const refusal = { outcome: 'refused', reason: 'unknown-command' } as const;
    return finishCommand(config, kept, outcomeOf(id, refusal, moment), moment);
  }
  return {
    state: { ...kept, running: new Set([...kept.running, id]) },
    effects: [
      {
        type: 'body/command',
        ...{ tag: id, verb, initiator: initiatorOf(command) },
        validUntilMonoMs: validUntilMonoMs(command, moment),
      },
    ],
  };
}

/**
 * The store rejected the intents of commands that were about to start. Without a stored intent only `stop` starts,
 * because it is safe to repeat. The others are dropped, and tried again when the cloud sends them again.
 */
function handleStoreFailure(
  config: CommandsConfig,
  state: CommandsState,
  command: Command | null,
  moment: Moment,
): Step<CommandsState, CommandsEffect> {
  const failed = { ...state, storeFailedMs: moment.now.monoMs };
  return command === null
    ? startWaiting(config, failed, moment)
    : receiveCommand(config, failed, command, moment);
}

function handleAnswer(
  config: CommandsConfig,
  state: CommandsState,
  record: CommandRecord,
  moment: Moment,
): Step<CommandsState, CommandsEffect> {
  const outcome = readRecord(record, moment);
  const unstored = state.unstored.get(record.tag);
  if (unstored !== undefined) return finishUnstored(config, state, unstored, outcome, moment);
  return runInTurn(
    state,
    (now) => finishCommand(config, now, outcome, moment),
    (now) => startWaiting(config, now, moment),
  );
}

/**
 * A body that rejects a command has not executed it. Any other failure may have come after the body received it: a poll
 * shows the outcome.
 */
function handleNoResponse(
  config: CommandsConfig,
  before: CommandsState,
  { tag: id, code }: { tag: string; code: string },
  moment: Moment,
): Step<CommandsState, CommandsEffect> {
  const unstored = before.unstored.get(id);
  if (unstored !== undefined) {
    const refusal: Refusal =
      code === 'refused' ? { outcome: 'refused', reason: 'body' } : { outcome: 'unknown-outcome' };
    return finishUnstored(config, before, unstored, refusal, moment);
  }
  if (before.items.get(id)?.outcome !== null) return unchanged(before);
  if (code === 'refused') {
    const refusal = { outcome: 'refused', reason: 'body' } as const;
    return runInTurn(
      before,
      (now) => finishCommand(config, now, outcomeOf(id, refusal, moment), moment),
      (now) => startWaiting(config, now, moment),
    );
  }
  return {
    state: {
      ...before,
      running: new Set([...before.running].filter((one) => one !== id)),
      unsettled: [...before.unsettled, id],
    },
    events: [{ type: 'body/poll-requested', by: 'commands' }],
  };
}

function settleByRecords(
  config: CommandsConfig,
  before: CommandsState,
  records: readonly CommandRecord[] | null,
  moment: Moment,
): Step<CommandsState, CommandsEffect> {
  if (before.unsettled.length === 0 || records === null) return unchanged(before);
  const settled = before.unsettled.map((id) => (state: CommandsState) => {
    const record = records.find(({ tag }) => tag === id);
    const outcome: CommandOutcome = record
      ? readRecord(record, moment)
      : { v: 1, id, outcome: 'unknown-outcome', at: moment.now };
    return finishCommand(config, state, outcome, moment);
  });
  return runInTurn({ ...before, unsettled: [] }, ...settled, (state) =>
    startWaiting(config, state, moment),
  );
}

function finishCommand(
  config: CommandsConfig,
  state: CommandsState,
  outcome: CommandOutcome,
  moment: Moment,
): Step<CommandsState, CommandsEffect> {
  const item = state.items.get(outcome.id);
  if (item === undefined || item.outcome !== null) return unchanged(state);
  const running = new Set([...state.running].filter((id) => id !== outcome.id));
  return {
    state: rememberItem({ ...state, running }, { ...item, outcome }, moment),
    effects: [publishOutcome(config, outcome)],
  };
}

/** Each kind has separate room, so that neither displaces the other. */
function rememberItem(state: CommandsState, item: Item, moment: Moment): CommandsState {
  const { monoMs } = moment.now;
  const { overAtMonoMs } = state;
  const isOver = (id: string) => monoMs >= (overAtMonoMs.ends.get(id) ?? overAtMonoMs.others);
  const items = new Map(state.items).set(item.command.id, item);
  const { kept } = roomOf(item.command);
  const same = [...items].filter(([, { command }]) => isUrgent(command) === isUrgent(item.command));
  let excess = same.length - kept;
  for (const [id, { outcome }] of same) {
    if (excess <= 0) break;
    if (outcome === null || id === item.command.id || !isOver(id)) continue;
    items.delete(id);
    excess -= 1;
  }
  const ends = new Map([...overAtMonoMs.ends].filter(([id]) => items.has(id)));
  const { id } = item.command;
  if (!state.items.has(id)) ends.set(id, overMonoMs(item.command, moment));
  return { ...state, items, overAtMonoMs: { ...overAtMonoMs, ends } };
}

/** The fields of a command that are kept: a later release's fields are not ours to store. */
const pickKnownFields = ({ v, id, command, issuedMs, expiresMs, initiator }: Command): Command => ({
  v,
  id,
  command,
  issuedMs,
  expiresMs,
  initiator,
});

const reasonCharsMax = 80;

function readRecord({ tag, result, reason }: CommandRecord, moment: Moment): CommandOutcome {
  // The body read it after its expiry.
  if (result === 'refused' && reason === expired.outcome) return outcomeOf(tag, expired, moment);
  const detail = reason && { reason: reason.slice(0, reasonCharsMax) };
  return outcomeOf(tag, { outcome: result, ...detail }, moment);
}
