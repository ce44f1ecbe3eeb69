import { limits } from '../../protocol/limits.ts';
import type { Command } from '../../protocol/schemas/commands.ts';
import type { Moment } from '../kernel/machine.ts';

/**
 * When an id may be forgotten. The monotonic clock decides: a cloud whose clock is far ahead would make every id seem
 * expired, and the true cloud might send it again.
 */

/** Allowance for the difference between the sender's clock and ours. */
export const slackMs = 60_000;

/** By then every command that existed when it arrived has expired, whatever its own expiry says. */
export const surelyOverMonoMs = (monoMs: number): number =>
  monoMs + limits.commandLifeMsMax + 2 * slackMs;

/** By then a command that starts now has expired. */
export const overMonoMs = ({ expiresMs }: Command, { now, latestMs }: Moment): number =>
  Math.min(surelyOverMonoMs(now.monoMs), now.monoMs + Math.max(0, expiresMs - latestMs) + slackMs);

/** Until when the body may start it, by the monotonic clock. */
export const validUntilMonoMs = ({ expiresMs }: Command, { now, latestMs }: Moment): number =>
  Math.floor(now.monoMs + Math.max(0, expiresMs - latestMs));
