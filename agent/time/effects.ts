import { codeOf } from '../../base/errors.ts';
import { repeat } from '../effects.ts';
import type { EffectsOf, LoopEffect } from '../kernel/effects.ts';
import type { PublishEffect } from '../publish/effects.ts';

export const timeEffects = {
  /** Cloud time as received just now: from here on it is what stamps are made from. */
  'time/sync': repeat<{ readonly cloudMs: number }>(({ cloudMs }, { ports }) =>
    ports.time.sync(cloudMs),
  ),

  /** It is at least this time: what expires is judged by it. */
  'time/prove': repeat<{ readonly floorMs: number }>(({ floorMs }, { ports }) =>
    ports.time.prove(floorMs),
  ),

  /** Brings the board's clock forward to `floorMs`; never back. */
  'clock/raise': repeat<{ readonly floorMs: number }>(async ({ floorMs }, { board, signal }) => {
    try {
      await board.system.setClock(floorMs, signal);
      return { type: 'clock/raised' };
    } catch (error) {
      return { type: 'clock/not-raised', code: codeOf(error) };
    }
  }, 'clock'),

  /** Sets the board's clock back to `wallMs`, after it was brought too far forward. */
  'clock/set-back': repeat<{ readonly wallMs: number }>(async ({ wallMs }, { board, signal }) => {
    try {
      await board.system.setClockBack(wallMs, signal);
      return { type: 'clock/raised' };
    } catch (error) {
      return { type: 'clock/not-raised', code: codeOf(error) };
    }
  }, 'clock'),
};

export type TimeEffect = EffectsOf<typeof timeEffects> | LoopEffect | PublishEffect;
