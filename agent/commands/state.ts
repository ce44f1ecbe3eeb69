import type { Initiator } from '../../hal/robot-body.ts';
import type { Command, CommandOutcome } from '../../protocol/schemas/commands.ts';
import { type RobotId, upTopic } from '../../protocol/topics.ts';
import type { MachineState, Moment } from '../kernel/machine.ts';
import type { CommandsEffect } from './effects.ts';
import type { CommandPace } from './pace.ts';
import type { RefusedIds } from './refused.ts';

export interface CommandsConfig {
  readonly robot: RobotId;
}

export interface Item {
  readonly command: Command;
  readonly outcome: CommandOutcome | null;
}

export interface CommandsState extends MachineState {
  readonly row: null;
  readonly items: ReadonlyMap<string, Item>;
  readonly timeKnown: boolean;
  /** When finished commands may be forgotten, by the monotonic clock; `others`: those of an earlier process. */
  readonly overAtMonoMs: { readonly ends: ReadonlyMap<string, number>; readonly others: number };
  /** Received and not started, in the order of arrival. */
  readonly waiting: readonly Command[];
  /** The newest `stop` and `dock` commands received. */
  readonly halts: readonly Halt[];
  /** Ids that were sent to the body and are not answered yet. */
  readonly running: ReadonlySet<string>;
  /** Ids whose outcome a poll of the body must settle: the agent crashed, or the body did not respond. */
  readonly unsettled: readonly string[];
  /** Answered and never started. */
  readonly refused: RefusedIds;
  readonly pace: CommandPace;
  /** Number of rejections, by reason. */
  readonly refusals: Readonly<Record<string, number>>;
  /** A `stop` that was sent to the body although the store rejected it. */
  readonly unstored: ReadonlyMap<string, Command>;
  /** When the store last rejected a command. */
  readonly storeFailedMs: number | null;
  /** When a rejection was last logged. */
  readonly loggedMs: number | null;
}

/** A `stop` or `dock`, remembered until every command that was issued before it has surely expired. */
export interface Halt {
  readonly command: Command;
  readonly untilMonoMs: number;
}

/** Each kind of commands has separate room everywhere, so that no number of others can keep it out. */
export interface Room {
  /** Maximum of remembered, executing and waiting commands. */
  readonly kept: number;
  readonly running: number;
  readonly waiting: number;
}

/** Commands that end a movement go first and have reserved room. */
export const isUrgent = ({ command }: Command): boolean => command === 'stop' || command === 'dock';

export const ordinaryRoom: Room = { kept: 64, running: 8, waiting: 8 };
export const urgentRoom: Room = { kept: 16, running: 4, waiting: 4 };
export const roomOf = (command: Command): Room => (isUrgent(command) ? urgentRoom : ordinaryRoom);

/** What a newer `stop` or `dock` supersedes: every command that would move the robot after it. */
export function isSuperseded(older: Command, newer: Command): boolean {
  if (newer.command !== 'stop' && newer.command !== 'dock') return false;
  if (older.command === 'dock') return newer.command === 'stop';
  return older.command === 'start' || older.command === 'resume';
}

/** The initiator, in the body's words. A word that this release does not know still came from the cloud. */
export const initiatorOf = ({ initiator }: Command): Initiator =>
  initiator === 'unknown' ? 'cloud' : initiator;

export const outcomeOf = (
  id: string,
  { outcome, reason }: Pick<CommandOutcome, 'outcome' | 'reason'>,
  { now }: Moment,
): CommandOutcome => ({ v: 1, id, outcome, ...(reason ? { reason } : {}), at: now });

export const publishOutcome = (
  { robot }: CommandsConfig,
  outcome: CommandOutcome,
): CommandsEffect => ({
  type: 'publish',
  topic: upTopic(robot, 'commands/outcome'),
  payload: outcome,
});
