import { codeOf } from '../../base/errors.ts';
import type { Settings } from '../../protocol/schemas/settings.ts';
import { repeat } from '../effects.ts';
import type { EffectsOf, LoopEffect } from '../kernel/effects.ts';
import type { PublishEffect } from '../publish/effects.ts';

export const shadowEffects = {
  'body/configure': repeat<{ readonly settings: Settings }>(
    async ({ settings }, { board, signal }) => {
      try {
        const { refused } = await board.body.configure(settings, signal);
        return { type: 'body/configured', refused };
      } catch (error) {
        return { type: 'body/unconfigured', code: codeOf(error) };
      }
    },
    'body/configure',
  ),
};

export type ShadowEffect = EffectsOf<typeof shadowEffects> | LoopEffect | PublishEffect;
