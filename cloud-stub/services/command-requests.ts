import { check } from '../../protocol/codec.ts';
import { limits } from '../../protocol/limits.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';
import type { Command } from '../../protocol/schemas/commands.ts';
import { isRobotId, type RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import type { CommandRow } from '../rows.ts';
import { findCommand, nextIssueMs, noRoomFor, sendCommand } from './commands.ts';

/** What an operator requests of a robot. */
export interface CommandRequest {
  readonly robot: RobotId;
  readonly command: Command['command'];
  /** Cloud time after which the robot must not run it. */
  readonly expiresMs: number;
  readonly id?: string;
}

/**
 * Stores a command and sends it until an outcome or its expiry. The same `id` again gets the same answer as before.
 */
export function takeCommand(
  ctx: Context,
  { robot, command: word, expiresMs, id = ctx.entropy(8) }: CommandRequest,
): Result<CommandRow, 'InvalidRequest' | 'LimitExceeded'> {
  if (!isRobotId(robot)) return refuse('InvalidRequest', 'robot must be [A-Za-z0-9:_-]{1,64}');
  const issuedMs = nextIssueMs(ctx, robot);
  const command = { v: 1, id, command: word, issuedMs, expiresMs, initiator: 'cloud' } as const;
  const checked = check('Command', command);
  if (!checked.ok) return refuse('InvalidRequest', checked.message);
  if (checked.value.command === 'unknown') return refuse('InvalidRequest', 'no such command');
  const known = findCommand(ctx, robot, id);
  if (known !== undefined) return ok(known);
  const lifeMs = expiresMs - ctx.nowMs;
  if (lifeMs > limits.commandLifeMsMax) {
    const most = limits.commandLifeMsMax / 1000;
    const message = `a command is valid for ${most} s at most, this one for ${Math.round(lifeMs / 1000)} s`;
    return refuse('InvalidRequest', message);
  }
  const noRoom = noRoomFor(ctx, robot, checked.value);
  if (noRoom !== undefined) return refuse('LimitExceeded', noRoom);
  sendCommand(ctx, robot, checked.value);
  const row = findCommand(ctx, robot, id);
  return row ? ok(row) : refuse('InvalidRequest', 'the command was not stored');
}
