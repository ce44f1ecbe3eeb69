import { encode } from '../../protocol/codec.ts';
import { checkParts } from '../../protocol/parts.ts';
import type { Command } from '../../protocol/schemas/commands.ts';
import { downTopic, type RobotId } from '../../protocol/topics.ts';
import { readObject } from '../incoming.ts';
import { type Context, type Handled, handled, type Outbound, refusedBy } from '../ports.ts';
import type { CommandRow } from '../rows.ts';
import { isConnected } from './presence.ts';

/**
 * Theory of operation. A command is stored, then sent again and again while its robot is connected, with growing
 * pauses, until an outcome comes or it expires. The robot runs it at most once, so sending too often is only waste.
 * `command_sends` holds what is still to be sent, so a tick looks at nothing else.
 */

/** Stores the command and sends it when the robot is connected. `command.id` must be new: see `findCommand`. */
export function sendCommand(ctx: Context, robot: RobotId, command: Command): Outbound[] {
  const key = `${robot}/${command.id}`;
  const row: CommandRow = { robot, command, status: 'sent', createdMs: ctx.nowMs, sends: 0 };
  ctx.store.put('commands', key, row);
  ctx.store.put('command_sends', key, { nextMs: ctx.nowMs, attempt: 0 });
  ctx.log.info({ robotId: robot, commandId: command.id, word: command.command }, 'command taken');
  return resendDue(ctx, key);
}

export const findCommand = (ctx: Context, robot: RobotId, id: string): CommandRow | undefined =>
  ctx.store.get('commands', `${robot}/${id}`);

/** Sends what is due, and lets lapse what has expired. `prefix` narrows it to one robot or command. */
export function resendDue(ctx: Context, prefix = ''): Outbound[] {
  const outbound: Outbound[] = [];
  for (const { key, value: send } of ctx.store.list('command_sends', prefix)) {
    const row = ctx.store.get('commands', key);
    if (row === undefined || row.command.expiresMs <= ctx.nowMs) {
      ctx.store.remove('command_sends', key);
      if (row !== undefined) ctx.store.put('commands', key, { ...row, status: 'lapsed' });
    } else if (send.nextMs <= ctx.nowMs && isConnected(ctx, row.robot)) {
      const pauses = ctx.config.commandPausesMs;
      const pauseMs = pauses[Math.min(send.attempt, pauses.length - 1)] ?? 60_000;
      ctx.store.put('command_sends', key, {
        nextMs: ctx.nowMs + pauseMs,
        attempt: send.attempt + 1,
      });
      ctx.store.put('commands', key, { ...row, sends: row.sends + 1 });
      outbound.push({
        robot: row.robot,
        topic: downTopic(row.robot, 'commands'),
        payload: encode('Command', row.command),
      });
    }
  }
  return outbound;
}

/** A robot has connected: its waiting commands go out anew as soon as the connection may have subscribed. */
export function rescheduleAtPresence(ctx: Context, robot: RobotId): void {
  const nextMs = ctx.nowMs + ctx.config.presenceStableMs;
  for (const { key } of ctx.store.list('command_sends', `${robot}/`)) {
    ctx.store.put('command_sends', key, { nextMs, attempt: 0 });
  }
}

/** Lets every waiting command of a robot lapse. */
export function lapseCommands(ctx: Context, robot: RobotId): void {
  for (const { key } of ctx.store.list('command_sends', `${robot}/`)) {
    ctx.store.remove('command_sends', key);
    const row = ctx.store.get('commands', key);
    if (row !== undefined) ctx.store.put('commands', key, { ...row, status: 'lapsed' });
  }
}

/** Handles `commands/outcome`: the first outcome is recorded, repetitions change nothing. */
export function receiveOutcome(ctx: Context, robot: RobotId, payload: Uint8Array): Handled {
  const parsed = readObject(payload);
  if (!parsed.ok) return refusedBy(parsed);
  const read = checkParts('CommandOutcome', parsed.value);
  if (!read.ok) return refusedBy(read);
  const outcome = read.value.message;
  const key = `${robot}/${outcome.id}`;
  const row = ctx.store.get('commands', key);
  if (row === undefined) {
    return refusedBy({
      code: 'expired',
      message: 'an outcome of a command that is not known here',
    });
  }
  ctx.store.remove('command_sends', key);
  const isNews = row.outcome === undefined;
  if (isNews) {
    const status = outcome.outcome;
    const done = { status, outcome, outcomeMs: ctx.nowMs };
    ctx.store.put('commands', key, { ...row, ...done });
    const { reason } = outcome;
    ctx.log.info({ robotId: robot, commandId: row.command.id, status, reason }, 'command outcome');
  }
  return { ...handled([]), isNews };
}
