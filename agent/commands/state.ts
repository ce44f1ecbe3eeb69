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
  /** Received and not begun, in the order in which they came. */
  readonly waiting: readonly Command[];
  /** The newest `stop` and `dock` commands that arrived. */
  readonly halts: readonly Halt[];
  /** Ids that the body was asked for and has not answered yet. */
  readonly running: ReadonlySet<string>;
  /** Ids whose fate a look at the body must settle: the agent died, or the body fell silent. */
  readonly unsettled: readonly string[];
  /** What was answered and never begun. */
  readonly refused: RefusedIds;
  readonly pace: CommandPace;
  /** How many were refused, by reason. */
  readonly refusals: Readonly<Record<string, number>>;
  /** A `stop` that the body was asked for although the store did not take it. */
  readonly unstored: ReadonlyMap<string, Command>;
  /** When the store last did not take a command. */
  readonly storeFailedMs: number | null;
  /** When a refusal was last logged. */
  readonly loggedMs: number | null;
}

/** A `stop` or `dock` that arrived, remembered until every command that was issued before it has surely expired. */
export interface Halt {
  readonly command: Command;
  readonly untilMonoMs: number;
}

/** One kind of commands has its own room everywhere, so that no number of others can keep it out. */
export interface Room {
  /** Remembered, at the body, and waiting at most. */
  readonly kept: number;
  readonly running: number;
  readonly waiting: number;
}

/** What ends a movement goes first, and has room in reserve. */
export const isUrgent = ({ command }: Command): boolean => command === 'stop' || command === 'dock';

export const ordinaryRoom: Room = { kept: 64, running: 8, waiting: 8 };
export const urgentRoom: Room = { kept: 16, running: 4, waiting: 4 };
export const roomOf = (command: Command): Room => (isUrgent(command) ? urgentRoom : ordinaryRoom);

/** What a newer `stop` or `dock` makes moot: whatever would move the robot after it. */
export function isSuperseded(older: Command, newer: Command): boolean {
  if (newer.command !== 'stop' && newer.command !== 'dock') return false;
  if (older.command === 'dock') return newer.command === 'stop';
  return older.command === 'start' || older.command === 'resume';
}

/** Who wants it, in the body's words. A word that this release does not know still came from the cloud. */
export const initiatorOf = ({ initiator }: Command): Initiator =>
  initiator === 'unknown' ? 'cloud' : initiator;

export const outcomeOf = (
  id: string,
  { outcome, reason }: Pick<CommandOutcome, 'outcome' | 'reason'>,
  { now }: Moment,
): CommandOutcome => ({ v: 1, id, outcome, ...(reason ? { reason } : {}), at: now });

export const answer = ({ robot }: CommandsConfig, outcome: CommandOutcome): CommandsEffect => ({
  type: 'publish',
  topic: upTopic(robot, 'commands/outcome'),
  payload: outcome,
});
