import { Count, type Static, Type, Version, WallMs, Word } from './kit.ts';

/** The quality of a wall clock: set from the cloud or a time service, only known to be no earlier, or never set. */
export const ClockQuality = Word(['synced', 'floor', 'unset']);

/** A time as recorded by a robot. `boot` counts agent starts; `monoMs` never jumps within one boot. */
export const Stamp = Type.Object({
  wallMs: WallMs,
  quality: ClockQuality,
  boot: Count,
  monoMs: Count,
});
export type Stamp = Static<typeof Stamp>;

const Token = Type.String({ pattern: '^[0-9a-f]{16}$' });

/** Up: requests the time when neither shadow nor jobs give it. `token` is new in each request. */
export const TimeRequest = Type.Object({ v: Version, token: Token });
export type TimeRequest = Static<typeof TimeRequest>;

/** Down: valid only as the response to the request with the same token, so that a late or repeated one is ignored. */
export const TimeReply = Type.Object({ v: Version, token: Token, cloudMs: WallMs });
export type TimeReply = Static<typeof TimeReply>;
