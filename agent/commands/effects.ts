import { codeOf } from '../../base/errors.ts';
import type { Verb } from '../../hal/robot-body.ts';
import { type Context, once, repeat } from '../effects.ts';
import type { Event } from '../events.ts';
import type { EffectsOf, LoopEffect } from '../kernel/effects.ts';
import type { PublishEffect } from '../publish/effects.ts';

const keyOf = ({ tag }: { readonly tag: string }): string => `body/command/${tag}`;

export const commandsEffects = {
  'body/command': once<{ readonly tag: string; readonly verb: Verb }>(command, keyOf),

  /** For a `stop` that could not be stored: as good twice as once. */
  'body/stop': repeat<{ readonly tag: string }>(
    ({ tag }, context) => command({ tag, verb: 'stop' }, context),
    keyOf,
  ),
};

export type CommandsEffect = EffectsOf<typeof commandsEffects> | LoopEffect | PublishEffect;

async function command(
  { tag, verb }: { readonly tag: string; readonly verb: Verb },
  { board, signal }: Context,
): Promise<Event> {
  try {
    const record = await board.body.command({ tag, verb }, signal);
    return { type: 'body/answered', tag, record };
  } catch (error) {
    return { type: 'body/silent', tag, code: codeOf(error) };
  }
}
