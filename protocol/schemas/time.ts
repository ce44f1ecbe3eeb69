import { Count, type Static, Type, Version, WallMs, Word } from './kit.ts';

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

const Token = Type.String({ pattern: '^[0-9a-f]{16}$' });

/** Up, where neither shadow nor jobs tell the time. `token` is fresh in each request. */
export const TimeWanted = Type.Object({ v: Version, token: Token });
export type TimeWanted = Static<typeof TimeWanted>;

/** Down: good only as the answer to the request that carried the same token, so that a late or repeated one is nothing. */
export const TimeTold = Type.Object({ v: Version, token: Token, cloudMs: WallMs });
export type TimeTold = Static<typeof TimeTold>;
