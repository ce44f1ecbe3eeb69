import { codeOf } from '../../base/errors.ts';
import type { BodyCommand } from '../../hal/robot-body.ts';
import { type Context, once, repeat } from '../effects.ts';
import type { Event } from '../events.ts';
import type { EffectsOf, LoopEffect } from '../kernel/effects.ts';
import type { PublishEffect } from '../publish/effects.ts';

const keyOf = ({ tag }: { readonly tag: string }): string => `body/command/${tag}`;

/** A slow body may read a command long after it was sent, so each carries the time until which it may start. */
type TimedCommand = Required<BodyCommand>;

export const commandsEffects = {
  'body/command': once<TimedCommand>(runCommand, keyOf),

  /** For a `stop` that could not be stored: it is safe to repeat. */
  'body/stop': repeat<Omit<TimedCommand, 'verb'>>(
    (data, context) => runCommand({ ...data, verb: 'stop' }, context),
    keyOf,
  ),
};

export type CommandsEffect = EffectsOf<typeof commandsEffects> | LoopEffect | PublishEffect;

async function runCommand(
  { tag, verb, initiator, validUntilMonoMs }: TimedCommand,
  { board, signal }: Context,
): Promise<Event> {
  try {
    const record = await board.body.command({ tag, verb, initiator, validUntilMonoMs }, signal);
    return { type: 'body/answered', tag, record };
  } catch (error) {
    return { type: 'body/no-response', tag, code: codeOf(error) };
  }
}
