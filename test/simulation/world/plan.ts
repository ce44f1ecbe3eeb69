/** Everything that happens to a robot, as data: so that a failure can be made smaller by leaving things out. */
export interface Plan {
  readonly seed: number;
  readonly days: number;
  readonly acts: readonly Act[];
}

export interface Act {
  readonly type: string;
  readonly atMs: number;
  readonly forMs?: number;
}

export const isFault = (act: Act): boolean => act.type !== 'button';

export const drawPlan = (seed: number): Plan => ({
  seed,
  days: 1,
  acts: Array.from({ length: 20 }, (_, i) => ({
    type: i % 2 ? 'cut' : 'button',
    atMs: i * 60_000,
  })),
});
