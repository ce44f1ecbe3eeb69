/** What a scenario needs so that it can be reduced. */
export interface Shrinkable {
  readonly days: number;
  readonly actions: readonly { readonly atMs: number; readonly forMs?: number }[];
}

export interface Search<P extends Shrinkable> {
  /** Whether a scenario still fails in the same way. */
  readonly fails: (scenario: P) => Promise<boolean>;
  readonly isFault: (action: P['actions'][number]) => boolean;
  /** How many scenarios may be run. */
  readonly plays: number;
  /** Polled before each run: a time limit, or an interrupt by the user. */
  readonly isOver?: () => boolean;
}

export interface Shrunk<P> {
  readonly scenario: P;
  readonly plays: number;
  /** True: no single part can be removed. False: the budget ran out first. */
  readonly isLeast: boolean;
}

const dayMs = 24 * 3_600_000;

/**
 * Finds a small scenario that fails like `scenario`, by delta debugging. It removes pieces, large ones first and then ever
 * smaller ones down to a single action, and keeps whatever still fails. Faults are removed before ordinary actions,
 * because a failure with fewer faults is easier to understand; then days. Then it starts over, since removing one kind
 * may allow more of another to go. Actions are never changed or reordered, so the result is the original scenario with
 * gaps.
 */
export async function shrink<P extends Shrinkable>(
  scenario: P,
  search: Search<P>,
): Promise<Shrunk<P>> {
  let best = scenario;
  let plays = 0;
  const isOver = () => plays >= search.plays || search.isOver?.() === true;
  const keepIfFailing = async (candidate: P): Promise<boolean> => {
    if (isOver()) return false;
    plays++;
    if (!(await search.fails(candidate))) return false;
    best = candidate;
    return true;
  };

  const leaveOut = async (kind: (action: P['actions'][number]) => boolean): Promise<void> => {
    const chosen = () => best.actions.filter(kind);
    for (let size = chosen().length; size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from < chosen().length && !isOver(); ) {
        const piece = new Set(chosen().slice(from, from + size));
        const actions = best.actions.filter((action) => !piece.has(action));
        if (!(await keepIfFailing({ ...best, actions }))) from += size;
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
    await leaveOut((action) => !search.isFault(action));
    await endEarlier();
  }
  return { scenario: best, plays, isLeast: !isOver() };
}

/** Whole days until the last action is over. */
function daysOf({ actions }: Shrinkable): number {
  const endMs = Math.max(0, ...actions.map(({ atMs, forMs = 0 }) => atMs + forMs));
  return Math.max(1, Math.ceil(endMs / dayMs));
}
