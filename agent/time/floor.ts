import { latestMs, type Mark, provenAt } from '../../protocol/time.ts';
import type { IdentityFacts } from '../events.ts';
import type { Saved } from '../kernel/machine.ts';

/**
 * The time that it must be at least, by evidence that no cloud can make up: what was signed by someone who is trusted for
 * it, and the time that has run since then on the monotonic clock. What a cloud tells is no part of it: with a stolen
 * server key anyone can tell the year 2034, and a floor is for ever.
 *
 * A saved floor that is not before the end of our certificates is not believed: such a robot could not connect anyway,
 * and what stands there may be a damaged row.
 */
export interface Floor {
  readonly ms: number;
  readonly from: 'build' | 'saved' | 'certificate';
}

/** What a floor is made of. */
export interface FloorSources {
  readonly builtMs: number;
  readonly identity: IdentityFacts;
  /** What is stored, if there is anything: the floor as it was proven then. */
  readonly row: FloorRow;
  /** The floor at a moment of this process, from where the monotonic clock carries it on. */
  readonly mark: Mark | null;
}

export interface FloorRow {
  readonly provenMs: number;
  /** This board's clock was set by its agent: it is no clock of its own, and may be set back. */
  readonly isOurs: boolean;
}

export const noRow: FloorRow = { provenMs: 0, isOurs: false };

/** The floor by what is stored and signed; without the time that this process has run. */
export function floorOf(sources: Omit<FloorSources, 'mark'>): Floor {
  const facts = Object.values(sources.identity).filter((one) => one !== null);
  const fromLine = facts.filter(({ isRenewed }) => !isRenewed);
  const { provenMs } = sources.row;
  const candidates: Floor[] = [
    { from: 'certificate', ms: Math.max(0, ...fromLine.map(({ notBeforeMs }) => notBeforeMs)) },
    { from: 'saved', ms: isBelievable(sources, provenMs) ? provenMs : 0 },
  ];
  return candidates.reduce((high, one) => (one.ms > high.ms ? one : high), {
    from: 'build',
    ms: sources.builtMs,
  });
}

/** The floor now. */
export const floorNow = (sources: FloorSources, monoMs: number): number =>
  Math.max(floorOf(sources).ms, sources.mark === null ? 0 : provenAt(sources.mark, monoMs));

/** Without any certificate nothing is: there can be no connection either. */
export function isBelievable({ identity }: Pick<FloorSources, 'identity'>, ms: number): boolean {
  const ends = Object.values(identity).map((facts) => facts?.notAfterMs ?? 0);
  return ms < Math.max(0, ...ends);
}

/** Rows of earlier releases hold told time (`savedMs`), which proves nothing. */
export function readRow(saved: Saved | undefined): FloorRow {
  const { provenMs, isOurs } = (saved?.row ?? {}) as Partial<FloorRow>;
  const isTime = typeof provenMs === 'number' && provenMs >= 0 && provenMs < latestMs;
  return isTime ? { provenMs, isOurs: isOurs === true } : noRow;
}
