import { limits } from '../../protocol/limits.ts';
import type { Command } from '../../protocol/schemas/commands.ts';
import type { Moment } from '../kernel/machine.ts';
import { slackMs, surelyOverMonoMs } from './ends.ts';
import { type Halt, isSuperseded, isUrgent } from './state.ts';

/*
 * Messages may overtake one another: a `start` may arrive after the `stop` that was issued after it, and must not run
 * then. So every `stop` and `dock` that arrived is remembered, whatever its outcome, until every command that was
 * issued before it has surely expired.
 */

/** Beyond this number the oldest are dropped. */
const haltsMax = 16;

/** Records the command if it is a `stop` or a `dock`. */
export function addHalt(
  halts: readonly Halt[],
  command: Command,
  { now }: Pick<Moment, 'now'>,
): readonly Halt[] {
  if (!isUrgent(command)) return halts;
  const alive = halts.filter(({ untilMonoMs }) => untilMonoMs > now.monoMs);
  const added = { command, untilMonoMs: surelyOverMonoMs(now.monoMs) };
  return [...alive, added].slice(-haltsMax);
}

/** Whether a `stop` or `dock` that supersedes it was issued after it. */
export const isOvertaken = (halts: readonly Halt[], command: Command, moment: Moment): boolean =>
  halts.some(
    ({ command: halt, untilMonoMs }) =>
      untilMonoMs > moment.now.monoMs &&
      // A command of a cloud with a false time is no longer trusted once the true time is known.
      !isLifeTooLong(halt, moment) &&
      // Issued after its own expiry, it would supersede whatever is issued until then.
      halt.issuedMs <= halt.expiresMs + slackMs &&
      halt.issuedMs > command.issuedMs &&
      isSuperseded(command, halt),
  );

export const isLifeTooLong = ({ expiresMs }: Command, { latestMs }: Moment): boolean =>
  expiresMs > latestMs + limits.commandLifeMsMax + slackMs;
