import { limits } from '../../protocol/limits.ts';
import type { Command } from '../../protocol/schemas/commands.ts';
import type { Moment } from '../kernel/machine.ts';

/**
 * When an id may be forgotten: on the monotonic clock, because a cloud that is far ahead would make every id seem to have
 * expired, and the true one might send it again.
 */

/** The sender's clock and ours are not the same one. */
export const slackMs = 60_000;

/** By then every command that was known to anybody when it came has expired, whatever its own expiry says. */
export const surelyOverMonoMs = (monoMs: number): number =>
  monoMs + limits.commandLifeMsMax + 2 * slackMs;

/** By then a command that is begun at this moment has expired. */
export const overMonoMs = ({ expiresMs }: Command, { now, latestMs }: Moment): number =>
  Math.min(surelyOverMonoMs(now.monoMs), now.monoMs + Math.max(0, expiresMs - latestMs) + slackMs);

/** Until when the body may begin it, by the monotonic clock. */
export const validUntilMonoMs = ({ expiresMs }: Command, { now, latestMs }: Moment): number =>
  Math.floor(now.monoMs + Math.max(0, expiresMs - latestMs));
