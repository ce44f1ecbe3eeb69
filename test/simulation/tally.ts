import type { Played } from './task.ts';
import type { Outcome } from './world/play.ts';

/** Sums over many seeds. */
export interface Tally {
  seeds: number;
  virtualMs: number;
  readonly faults: Record<string, number>;
  readonly seen: Record<string, number>;
  readonly failures: Failure[];
  /** Seeds that failed, those above `failuresMax` included. */
  failed: number;
}

export interface Failure {
  readonly seed: number;
  readonly played: Pick<Played, 'violations' | 'trace'>;
}

/** Many failures have few causes. */
const failuresMax = 20;

export const newTally = (): Tally => ({
  seeds: 0,
  virtualMs: 0,
  faults: {},
  seen: {},
  failures: [],
  failed: 0,
});

export function count(tally: Tally, seed: number, played: Outcome & Pick<Played, 'trace'>): void {
  tally.seeds++;
  tally.virtualMs += played.virtualMs;
  add(tally.faults, played.faults);
  add(tally.seen, played.seen);
  if (played.violations.length === 0) return;
  tally.failed++;
  if (tally.failures.length < failuresMax) tally.failures.push({ seed, played });
}

function add(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, times] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + times;
}

const dayMs = 24 * 3_600_000;

export function rates({ seeds, virtualMs }: Tally, wallMs: number) {
  const wallS = Math.max(0.001, wallMs / 1000);
  const robotDays = virtualMs / dayMs;
  return {
    wallS: round(wallS),
    seedsPerSecond: round(seeds / wallS),
    robotDays: round(robotDays),
    robotDaysPerSecond: round(robotDays / wallS),
  };
}

const round = (value: number): number =>
  value >= 100 ? Math.round(value) : Math.round(value * 10) / 10;
