import { limits } from '../../protocol/limits.ts';
import type { Command } from '../../protocol/schemas/commands.ts';
import type { Moment } from '../kernel/machine.ts';
import { slackMs, surelyOverMonoMs } from './ends.ts';
import { type Halt, isSuperseded, isUrgent } from './state.ts';

/*
 * Messages overtake one another: a `start` may arrive after the `stop` that was issued after it, and must not run then. So
 * the `stop` and `dock` commands that arrived are remembered, whatever became of them, until every command that was issued
 * before them has surely expired.
 */

/** Of more, the oldest are dropped. */
const haltsMax = 16;

/** Remembers the command if it is a `stop` or a `dock`. */
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

/** Was a `stop` or `dock` that makes it moot issued after it? */
export const isOvertaken = (halts: readonly Halt[], command: Command, moment: Moment): boolean =>
  halts.some(
    ({ command: halt, untilMonoMs }) =>
      untilMonoMs > moment.now.monoMs &&
      // One from a cloud with a false time is no longer believed when the true time is known.
      !isLifeTooLong(halt, moment) &&
      halt.issuedMs > command.issuedMs &&
      isSuperseded(command, halt),
  );

export const isLifeTooLong = ({ expiresMs }: Command, { latestMs }: Moment): boolean =>
  expiresMs > latestMs + limits.commandLifeMsMax + slackMs;
