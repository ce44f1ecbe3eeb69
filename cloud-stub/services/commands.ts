import { encode } from '../../protocol/codec.ts';
import type { Command, CommandOutcome } from '../../protocol/schemas/commands.ts';
import { downTopic, type RobotId } from '../../protocol/topics.ts';
import { type Handled, handled, refusedBy } from '../core/messages.ts';
import type { Context } from '../core/unit.ts';
import type { CommandRow } from '../rows.ts';
import { isConnected } from './presence.ts';
import { setTimer } from './timers.ts';

/**
 * Theory of operation. A command is stored, then sent repeatedly while its robot is connected, with growing delays,
 * until an outcome arrives or it expires. The robot runs it at most once, so sending it too often only wastes messages.
 * `command_sends` holds what is still to be sent; each has a timer, for its next send or its expiry.
 */

/** How many commands of one robot may be pending. `stop` and `dock` have room of their own. */
export const pendingMax = { ordinary: 64, urgent: 16 } as const;

const isUrgent = ({ command }: Command): boolean => command === 'stop' || command === 'dock';

/** Whether a newer `stop` or `dock` supersedes the older command: one that would move the robot after it. */
const isSuperseded = (older: Command, newer: Command): boolean =>
  (isUrgent(newer) && (older.command === 'start' || older.command === 'resume')) ||
  (newer.command === 'stop' && older.command === 'dock');

/** Why no more can be sent to the robot now; undefined when there is room. */
export function noRoomFor(ctx: Context, robot: RobotId, command: Command): string | undefined {
  const same = pendingOf(ctx, robot).filter((one) => isUrgent(one.command) === isUrgent(command));
  const most = isUrgent(command) ? pendingMax.urgent : pendingMax.ordinary;
  if (same.length < most) return undefined;
  const kind = isUrgent(command) ? 'stop and dock commands' : 'commands';
  return `${most} ${kind} are on their way to ${robot} without an outcome; wait for one, or until one expires`;
}

const pendingOf = (ctx: Context, robot: RobotId): CommandRow[] =>
  ctx.store.list('command_sends', `${robot}/`).flatMap(({ key }) => {
    const row = ctx.store.get('commands', key);
    return row !== undefined && row.command.expiresMs > ctx.nowMs ? [row] : [];
  });

/** A pending command that was issued before a `stop` must not run after it: it is sent no more. */
function endSuperseded(ctx: Context, robot: RobotId, command: Command): void {
  for (const row of pendingOf(ctx, robot)) {
    if (!isSuperseded(row.command, command)) continue;
    const key = `${robot}/${row.command.id}`;
    stopSending(ctx, key);
    ctx.store.put('commands', key, { ...row, status: 'lapsed', reason: 'superseded' });
    ctx.log.info(
      { robotId: robot, commandId: row.command.id, by: command.id },
      'command superseded',
    );
  }
}

/** The issue time of a new command to this robot: later than each earlier one, even when the clock was set back. */
export const nextIssueMs = (ctx: Context, robot: RobotId): number =>
  Math.max(ctx.nowMs, (ctx.store.get('command_clocks', robot)?.issuedMs ?? -1) + 1);

/** Stores the command and sends it when the robot is connected. `command.id` must be new: see `findCommand`. */
export function sendCommand(ctx: Context, robot: RobotId, command: Command): void {
  const key = `${robot}/${command.id}`;
  endSuperseded(ctx, robot, command);
  ctx.store.put('command_clocks', robot, { issuedMs: command.issuedMs });
  const row: CommandRow = { robot, command, status: 'sent', createdMs: ctx.nowMs, sends: 0 };
  ctx.store.put('commands', key, row);
  ctx.store.put('command_sends', key, { attempt: 0 });
  ctx.log.info(
    { robotId: robot, commandId: command.id, word: command.command },
    'command accepted',
  );
  resendCommand(ctx, key);
}

export const findCommand = (ctx: Context, robot: RobotId, id: string): CommandRow | undefined =>
  ctx.store.get('commands', `${robot}/${id}`);

/** Sends the command `robot/command` when its robot is connected; marks it as lapsed when it has expired. */
export function resendCommand(ctx: Context, key: string): void {
  const send = ctx.store.get('command_sends', key);
  const row = ctx.store.get('commands', key);
  if (send === undefined || row === undefined) return;
  const { expiresMs } = row.command;
  if (expiresMs <= ctx.nowMs) return lapse(ctx, key);
  if (!isConnected(ctx, row.robot)) return setTimer(ctx, timerOf(key), expiresMs);
  const pauses = ctx.config.commandPausesMs;
  const pauseMs = pauses[Math.min(send.attempt, pauses.length - 1)] ?? 60_000;
  ctx.store.put('command_sends', key, { attempt: send.attempt + 1 });
  ctx.store.put('commands', key, { ...row, sends: row.sends + 1 });
  setTimer(ctx, timerOf(key), Math.min(ctx.nowMs + pauseMs, expiresMs));
  ctx.emit({
    robot: row.robot,
    topic: downTopic(row.robot, 'commands'),
    payload: encode('Command', row.command),
  });
}

/** A robot has connected: its pending commands are sent again as soon as the connection may have subscribed. */
export function rescheduleAtPresence(ctx: Context, robot: RobotId): void {
  const nextMs = ctx.nowMs + ctx.config.presenceStableMs;
  for (const { key } of ctx.store.list('command_sends', `${robot}/`)) {
    ctx.store.put('command_sends', key, { attempt: 0 });
    setTimer(ctx, timerOf(key), nextMs);
  }
}

/** Marks every pending command of a robot as lapsed. */
export function lapseCommands(ctx: Context, robot: RobotId): void {
  for (const { key } of ctx.store.list('command_sends', `${robot}/`)) lapse(ctx, key);
}

function lapse(ctx: Context, key: string): void {
  stopSending(ctx, key);
  const row = ctx.store.get('commands', key);
  if (row !== undefined) ctx.store.put('commands', key, { ...row, status: 'lapsed' });
}

function stopSending(ctx: Context, key: string): void {
  ctx.store.remove('command_sends', key);
  setTimer(ctx, timerOf(key), undefined);
}

const timerOf = (key: string) => ({ kind: 'command', id: key }) as const;

/** Handles `commands/outcome`: the first outcome is recorded, duplicates change nothing. */
export function receiveOutcome(ctx: Context, robot: RobotId, outcome: CommandOutcome): Handled {
  const key = `${robot}/${outcome.id}`;
  const row = ctx.store.get('commands', key);
  if (row === undefined) {
    return refusedBy({
      code: 'expired',
      message: 'an outcome of a command that is not known here',
    });
  }
  stopSending(ctx, key);
  const isFirst = row.outcome === undefined;
  if (isFirst) {
    const status = outcome.outcome;
    const done = { status, outcome, outcomeMs: ctx.nowMs };
    ctx.store.put('commands', key, { ...row, ...done });
    const { reason } = outcome;
    ctx.log.info({ robotId: robot, commandId: row.command.id, status, reason }, 'command outcome');
  }
  return { ...handled, isFirst };
}
