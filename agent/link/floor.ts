import type { IdentityFacts } from '../events.ts';
import type { Saved } from '../machine.ts';

/**
 * The time that it must be at least.
 *
 * The cloud that tells the time is authenticated, but it may be wrong, and a floor is for ever: a robot that has stored
 * the year 2099 finds every certificate expired and never hears the correction. So no told or saved time counts that is
 * not before the end of our certificate: the cloud takes no expired one, so such a time was not told when it was true.
 * (Not cut down to that end: a floor there would be just as deadly.) A lie within the certificate's life stays
 * possible to whoever owns the cloud's time; forgetting the floor when the server's certificate looks expired would be
 * the greater evil, since an attacker with an old server key could ask for it.
 */
export interface Floor {
  readonly ms: number;
  readonly from: 'build' | 'saved' | 'certificate';
}

/** What a floor is made of. */
export interface FloorSources {
  readonly builtMs: number;
  readonly identity: IdentityFacts;
  /** What is stored: the last cloud time. */
  readonly row: { readonly savedMs: number } | null;
}

export function floorOf(sources: FloorSources): Floor {
  const { current, next } = sources.identity;
  const candidates: Floor[] = [
    { from: 'certificate', ms: Math.max(current?.notBeforeMs ?? 0, next?.notBeforeMs ?? 0) },
    { from: 'saved', ms: savedOf(sources) ?? 0 },
  ];
  return candidates.reduce((high, one) => (one.ms > high.ms ? one : high), {
    from: 'build',
    ms: sources.builtMs,
  });
}

/** The saved time, if it is one to go by; what is not does not stand in the way of a better one either. */
export function savedOf(sources: FloorSources): number | undefined {
  const saved = sources.row?.savedMs;
  return saved !== undefined && isBelievable(sources, saved) ? saved : undefined;
}

/** Without any certificate nothing is: there can be no connection either. */
export function isBelievable({ identity: { current, next } }: FloorSources, ms: number): boolean {
  return ms < Math.max(current?.notAfterMs ?? 0, next?.notAfterMs ?? 0);
}

export function readRow(saved: Saved | undefined): FloorSources['row'] {
  const savedMs = (saved?.row as Partial<FloorSources['row'] & object> | null | undefined)?.savedMs;
  return typeof savedMs === 'number' && savedMs >= 0 && savedMs < latestMs ? { savedMs } : null;
}

/** The year 10000: beyond it neither certificates nor ISO dates go. */
const latestMs = 253_402_300_800_000;

/** A moment for people and machines alike; `invalid` for what is none. */
export const isoOf = (ms: number): string =>
  ms >= 0 && ms < latestMs ? new Date(ms).toISOString() : 'invalid';
