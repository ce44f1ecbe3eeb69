import type { CommandRecord } from '../../hal/robot-body.ts';
import type { Command, CommandOutcome } from '../../protocol/schemas/commands.ts';
import { type RobotId, upTopic } from '../../protocol/topics.ts';
import type { Effect } from '../effects.ts';
import type { Event } from '../events.ts';
import { type Machine, type MachineState, type Moment, type Step, stay } from '../machine.ts';
import { type CommandPace, fullCommandPace, isUrgent, spend } from './pace.ts';

/**
 * Theory of operation. A command runs at most once and never late. The cloud repeats it until it has an outcome, so
 * this machine only ever answers.
 *
 *     (unknown id) --cloud/command--> executing --body/answered--> finished
 *                                     executing --restart, evidence of the body--> finished
 *
 * The id is stored as `executing` before the body is asked (the body is told the id as tag). After a crash the first
 * look at the body settles what was executing: the body's list of commands has the tag, or the outcome is
 * `unknown-outcome`. Finished ids are kept and answered again when they come again. Of more than 64 the oldest that have
 * expired are forgotten (should one come again, it is too late for it); when none has, new commands are ignored, and so
 * are those beyond what is taken in an hour (`pace.ts`).
 *
 * Expiry is judged by the latest of cloud time, the clock floor and what else tells the time (`moment.latestMs`). Until
 * cloud time is known on this connection, at most 8 commands wait; more are dropped,
 * the cloud sends them again.
 */
export interface CommandsConfig {
  readonly robot: RobotId;
}

interface Item {
  readonly command: Command;
  readonly outcome: CommandOutcome | null;
}

export interface CommandsState extends MachineState {
  readonly row: null;
  readonly items: ReadonlyMap<string, Item>;
  readonly timeKnown: boolean;
  readonly waiting: readonly Command[];
  /** Ids that were executing when the agent died. */
  readonly unsettled: readonly string[];
  /** Commands not taken because too many were remembered, or came within an hour. */
  readonly ignored: number;
  readonly pace: CommandPace;
}

const keptMax = 64;
const waitingMax = 8;
const reasonCharsMax = 80;

export function commandsMachine(config: CommandsConfig): Machine<CommandsState> {
  return {
    name: 'commands',
    format: { v: 1, minReader: 1 },
    restore(saved, { now }) {
      const items = (saved?.items ?? new Map()) as ReadonlyMap<string, Item>;
      const unsettled = [...items].filter(([, { outcome }]) => outcome === null).map(([id]) => id);
      const pace = fullCommandPace(now.monoMs);
      return { row: null, items, timeKnown: false, waiting: [], unsettled, ignored: 0, pace };
    },
    step: (state, event, moment) => step(config, state, event, moment),
    view: ({ items, waiting, ignored }) => ({
      executing: [...items].filter(([, { outcome }]) => outcome === null).map(([id]) => id),
      finished: [...items.values()].filter(({ outcome }) => outcome !== null).length,
      waiting: waiting.length,
      ignored,
    }),
    tell({ key: commandId, after }) {
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
): Step<CommandsState> {
  switch (event.type) {
    case 'cloud/command':
      return state.timeKnown ? take(config, state, event.body, moment) : hold(state, event.body);
    case 'time/known':
      // The moment's clock was read before this very turn made cloud time known.
      return release(config, state, {
        ...moment,
        now: { ...moment.now, wallMs: event.cloudMs, quality: 'synced' },
        latestMs: Math.max(moment.latestMs, event.cloudMs),
      });
    case 'link/down':
      return { state: { ...state, timeKnown: false, waiting: [] } };
    case 'body/answered':
      return finish(config, state, outcomeOf(event.record, moment), moment);
    case 'body/silent':
      return silent(config, state, event, moment);
    case 'body/observed':
      return settle(config, state, event.snapshot.commands, moment);
    case 'body/half-observed':
      return settle(config, state, event.commands, moment);
    default:
      return stay(state);
  }
}

function hold(state: CommandsState, command: Command): Step<CommandsState> {
  const known = state.waiting.some(({ id }) => id === command.id);
  if (known || state.waiting.length >= waitingMax) return stay(state);
  return { state: { ...state, waiting: [...state.waiting, command] } };
}

function release(
  config: CommandsConfig,
  before: CommandsState,
  moment: Moment,
): Step<CommandsState> {
  let state: CommandsState = { ...before, timeKnown: true, waiting: [] };
  const effects: Effect[] = [];
  for (const command of before.waiting) {
    const taken = take(config, state, command, moment);
    state = taken.state;
    effects.push(...(taken.effects ?? []));
  }
  return { state, effects };
}

function take(
  config: CommandsConfig,
  state: CommandsState,
  command: Command,
  moment: Moment,
): Step<CommandsState> {
  const known = state.items.get(command.id);
  const nowMs = moment.now.monoMs;
  if (known !== undefined) {
    const answered = known.outcome === null ? undefined : spend(state.pace, 'answers', nowMs);
    return known.outcome === null || answered === undefined
      ? stay(state)
      : { state: { ...state, pace: answered }, effects: [answer(config, known.outcome)] };
  }
  const pace = spend(state.pace, isUrgent(command.command) ? 'urgent' : 'takes', nowMs);
  if (pace === undefined) return { state: { ...state, ignored: state.ignored + 1 } };
  const accepted = remember({ ...state, pace }, { command: bare(command), outcome: null }, moment);
  if (accepted.items.size > keptMax) return { state: { ...state, ignored: state.ignored + 1 } };
  const { command: verb, id } = command;
  if (moment.latestMs >= command.expiresMs) {
    return finish(config, accepted, { v: 1, id, outcome: 'expired', at: moment.now }, moment);
  }
  if (verb === 'unknown') {
    const reason = 'unknown-command';
    return finish(
      config,
      accepted,
      { v: 1, id, outcome: 'refused', reason, at: moment.now },
      moment,
    );
  }
  return { state: accepted, effects: [{ type: 'body/command', tag: id, verb }] };
}

/**
 * A body that refuses has not done it. Any other silence may have come after the body had heard: what became of it, a
 * look tells.
 */
function silent(
  config: CommandsConfig,
  state: CommandsState,
  { tag: id, code }: { tag: string; code: string },
  moment: Moment,
): Step<CommandsState> {
  if (state.items.get(id)?.outcome !== null) return stay(state);
  if (code === 'refused') {
    const outcome = { v: 1, id, outcome: 'refused', reason: 'body', at: moment.now } as const;
    return finish(config, state, outcome, moment);
  }
  return {
    state: { ...state, unsettled: [...state.unsettled, id] },
    events: [{ type: 'body/changed' }],
  };
}

function settle(
  config: CommandsConfig,
  before: CommandsState,
  records: readonly CommandRecord[] | null,
  moment: Moment,
): Step<CommandsState> {
  if (before.unsettled.length === 0 || records === null) return stay(before);
  let state: CommandsState = { ...before, unsettled: [] };
  const effects: Effect[] = [];
  for (const id of before.unsettled) {
    const record = records.find(({ tag }) => tag === id);
    const outcome: CommandOutcome = record
      ? outcomeOf(record, moment)
      : { v: 1, id, outcome: 'unknown-outcome', at: moment.now };
    const finished = finish(config, state, outcome, moment);
    state = finished.state;
    effects.push(...(finished.effects ?? []));
  }
  return { state, effects };
}

function finish(
  config: CommandsConfig,
  state: CommandsState,
  outcome: CommandOutcome,
  moment: Moment,
): Step<CommandsState> {
  const item = state.items.get(outcome.id);
  if (item === undefined || item.outcome !== null) return stay(state);
  return {
    state: remember(state, { ...item, outcome }, moment),
    effects: [answer(config, outcome)],
  };
}

function remember(state: CommandsState, item: Item, { now }: Moment): CommandsState {
  const items = new Map(state.items).set(item.command.id, item);
  for (const [id, { command, outcome }] of items) {
    if (items.size <= keptMax) break;
    if (outcome !== null && id !== item.command.id && command.expiresMs <= now.wallMs) {
      items.delete(id);
    }
  }
  return { ...state, items };
}

/** What is kept of a command: a later release's fields are not ours to store. */
const bare = ({ v, id, command, expiresMs, initiator }: Command): Command => ({
  v,
  id,
  command,
  expiresMs,
  initiator,
});

const outcomeOf = (record: CommandRecord, { now }: Moment): CommandOutcome => ({
  v: 1,
  id: record.tag,
  outcome: record.result,
  ...(record.reason ? { reason: record.reason.slice(0, reasonCharsMax) } : {}),
  at: now,
});

const answer = ({ robot }: CommandsConfig, outcome: CommandOutcome): Effect => ({
  type: 'publish',
  topic: upTopic(robot, 'commands/outcome'),
  payload: outcome,
});
