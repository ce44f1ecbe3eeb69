import { Count, type Static, Type, WallMs, Word } from './kit.ts';

/** How good a wall clock was: set from the cloud or a time service, only known not to be earlier, or never set. */
export const ClockQuality = Word(['synced', 'floor', 'unset']);

/** A moment as a robot knows it. `boot` counts agent starts; `monoMs` never jumps within one boot. */
export const Stamp = Type.Object({
  wallMs: WallMs,
  quality: ClockQuality,
  boot: Count,
  monoMs: Count,
});
export type Stamp = Static<typeof Stamp>;
