/** What a plan must have to be made smaller. */
export interface Shrinkable {
  readonly days: number;
  readonly acts: readonly { readonly atMs: number; readonly forMs?: number }[];
}

export interface Search<P extends Shrinkable> {
  /** Whether a plan still fails in the way that is looked for. */
  readonly fails: (plan: P) => Promise<boolean>;
  readonly isFault: (act: P['acts'][number]) => boolean;
  /** How many plans may be played. */
  readonly plays: number;
  /** Asked before each play: an end by time, or by a person. */
  readonly isOver?: () => boolean;
}

export interface Shrunk<P> {
  readonly plan: P;
  readonly plays: number;
  /** Nothing more can be left out by itself; else the budget ran out first. */
  readonly isLeast: boolean;
}

const dayMs = 24 * 3_600_000;

/**
 * The smallest plan that could be found to fail like `plan`, by delta debugging: pieces are left out, all at first and
 * then ever smaller ones down to a single act, and what still fails is kept. Faults go before events of life, because a
 * failure with fewer faults is easier to understand; then days; then all of it again, since less of one may allow less of
 * another. Acts are never changed nor brought into another order, so the plan that is left is the old one with gaps.
 */
export async function shrink<P extends Shrinkable>(plan: P, search: Search<P>): Promise<Shrunk<P>> {
  let best = plan;
  let plays = 0;
  const isOver = () => plays >= search.plays || search.isOver?.() === true;
  const keepIfFailing = async (candidate: P): Promise<boolean> => {
    if (isOver()) return false;
    plays++;
    if (!(await search.fails(candidate))) return false;
    best = candidate;
    return true;
  };

  const leaveOut = async (kind: (act: P['acts'][number]) => boolean): Promise<void> => {
    const chosen = () => best.acts.filter(kind);
    for (let size = chosen().length; size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from < chosen().length && !isOver(); ) {
        const piece = new Set(chosen().slice(from, from + size));
        const acts = best.acts.filter((act) => !piece.has(act));
        if (!(await keepIfFailing({ ...best, acts }))) from += size;
      }
    }
  };

  const endEarlier = async (): Promise<void> => {
    const least = daysOf(best);
    for (let days = least; days < best.days && !isOver(); days++) {
      if (await keepIfFailing({ ...best, days })) return;
    }
  };

  for (let before: P | undefined; before !== best && !isOver(); ) {
    before = best;
    await leaveOut(search.isFault);
    await leaveOut((act) => !search.isFault(act));
    await endEarlier();
  }
  return { plan: best, plays, isLeast: !isOver() };
}

/** Whole days until the last act is over. */
function daysOf({ acts }: Shrinkable): number {
  const endMs = Math.max(0, ...acts.map(({ atMs, forMs = 0 }) => atMs + forMs));
  return Math.max(1, Math.ceil(endMs / dayMs));
}
