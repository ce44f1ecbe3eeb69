import { Id, type Static, Text, Type, Version, WallMs, Word } from './kit.ts';
import { Stamp } from './time.ts';

/** Down, repeated until an outcome or the expiry. Runs at most once, and only while cloud time < `expiresMs`. */
export const Command = Type.Object({
  v: Version,
  id: Id,
  command: Word(['start', 'pause', 'resume', 'stop', 'dock', 'locate']),
  /**
   * When the cloud issued it. It increases from one command of a robot to the next, even when the cloud's clock is set
   * back. Messages may overtake one another, and this gives their intended order.
   */
  issuedMs: WallMs,
  expiresMs: WallMs,
  initiator: Word(['cloud', 'schedule']),
});
export type Command = Static<typeof Command>;

/** Up, repeated for each repetition of the id. */
export const CommandOutcome = Type.Object({
  v: Version,
  id: Id,
  outcome: Word(['done', 'refused', 'expired', 'unknown-outcome']),
  /** With `refused`: one word, such as `busy`. */
  reason: Type.Optional(Text(80)),
  at: Stamp,
});
export type CommandOutcome = Static<typeof CommandOutcome>;
