import { latestMs, type Mark, provenAt } from '../../protocol/time.ts';
import type { IdentityFacts } from '../events.ts';
import type { Saved } from '../kernel/machine.ts';

/**
 * The time that it must be at least, by evidence that no cloud can forge: dates signed by trusted parties, plus the
 * time that has run since then on the monotonic clock. A cloud's time is not part of it: with a stolen server key
 * anyone can claim the year 2034, and the floor never goes back.
 *
 * A saved floor after the end of our certificates is not trusted: such a robot could not connect anyway, and the row
 * may be damaged.
 */
export interface Floor {
  readonly ms: number;
  readonly from: 'build' | 'saved' | 'certificate';
}

/** The inputs of a floor. */
export interface FloorSources {
  readonly builtMs: number;
  readonly identity: IdentityFacts;
  /** The stored floor, if any, as it was proven then. */
  readonly row: FloorRow;
  /** The floor at a moment of this process; the monotonic clock carries it on from there. */
  readonly mark: Mark | null;
}

export interface FloorRow {
  readonly provenMs: number;
  /** The agent has set this board's clock, so the agent may set it back. */
  readonly isOurs: boolean;
}

export const noRow: FloorRow = { provenMs: 0, isOurs: false };

/** The floor by stored and signed evidence, without the running time of this process. */
export function floorOf(sources: Omit<FloorSources, 'mark'>): Floor {
  const facts = Object.values(sources.identity).filter((one) => one !== null);
  const fromLine = facts.filter(({ isRenewed }) => !isRenewed);
  const { provenMs } = sources.row;
  const candidates: Floor[] = [
    { from: 'certificate', ms: Math.max(0, ...fromLine.map(({ notBeforeMs }) => notBeforeMs)) },
    { from: 'saved', ms: isBeforeExpiry(sources, provenMs) ? provenMs : 0 },
  ];
  return candidates.reduce((high, one) => (one.ms > high.ms ? one : high), {
    from: 'build',
    ms: sources.builtMs,
  });
}

/** The floor now. */
export const floorNow = (sources: FloorSources, monoMs: number): number =>
  Math.max(floorOf(sources).ms, sources.mark === null ? 0 : provenAt(sources.mark, monoMs));

/** Without any certificate there is no limit: no connection is possible either. */
export function isBeforeExpiry({ identity }: Pick<FloorSources, 'identity'>, ms: number): boolean {
  const ends = Object.values(identity).map((facts) => facts?.notAfterMs ?? 0);
  return ms < Math.max(0, ...ends);
}

/** Rows of earlier releases hold a cloud's time (`savedMs`), which proves nothing. */
export function readRow(saved: Saved | undefined): FloorRow {
  const { provenMs, isOurs } = (saved?.row ?? {}) as Partial<FloorRow>;
  const isTime = typeof provenMs === 'number' && provenMs >= 0 && provenMs < latestMs;
  return isTime ? { provenMs, isOurs: isOurs === true } : noRow;
}
