import { codeOf } from '../../base/errors.ts';
import { type Context, repeat } from '../effects.ts';
import type { EffectsOf, LoopEffect } from '../kernel/effects.ts';
import type { PublishEffect } from '../publish/effects.ts';

export const timeEffects = {
  /**
   * Cloud time as received just now: from here on stamps are made from it. Ends in `time/synced`, whose moment is the
   * first one with that time.
   */
  'time/sync': repeat<{ readonly cloudMs: number; readonly connection: number }>(
    ({ cloudMs, connection }, { ports, emit }) => {
      ports.time.sync(cloudMs);
      emit({ type: 'time/synced', cloudMs, boardMs: ports.time.boardMs(), connection });
    },
  ),

  /** It is at least this time: expiry is judged by it. */
  'time/prove': repeat<{ readonly floorMs: number }>(({ floorMs }, { ports }) =>
    ports.time.prove(floorMs),
  ),

  /** Sets the board's clock forward to `floorMs`; never back. */
  'clock/raise': repeat<{ readonly floorMs: number }>(async ({ floorMs }, context) => {
    const { board, signal } = context;
    try {
      await keepOwner(true, context);
      await board.system.setClock(floorMs, signal);
      return { type: 'clock/raised' };
    } catch (error) {
      return { type: 'clock/not-raised', code: codeOf(error) };
    }
  }, 'clock'),

  /** A time service keeps the clock from here on. */
  'clock/disown': repeat<object>(async (_nothing, context) => {
    await keepOwner(false, context);
    return undefined;
  }),

  /** Sets the board's clock back to `wallMs`, after it was set too far forward. */
  'clock/set-back': repeat<{ readonly wallMs: number }>(async ({ wallMs }, { board, signal }) => {
    try {
      await board.system.setClockBack(wallMs, signal);
      return { type: 'clock/raised' };
    } catch (error) {
      return { type: 'clock/not-raised', code: codeOf(error) };
    }
  }, 'clock'),
};

/** The store has it as well: a full or broken disk must not keep the clock wrong. */
const keepOwner = (isAgent: boolean, { ports }: Context): Promise<void> =>
  ports.clockOwner
    .keep(isAgent)
    .catch((error: unknown) => ports.journal.count('clock-owner-not-kept', codeOf(error)));

export type TimeEffect = EffectsOf<typeof timeEffects> | LoopEffect | PublishEffect;
