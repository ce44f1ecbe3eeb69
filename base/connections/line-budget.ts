/**
 * The number of log lines that unauthenticated peers may cause: otherwise they could fill the server's disk. Counts
 * stay exact; only lines are suppressed.
 */
export interface LineBudget {
  /** Undefined: no line now. Else the number of lines suppressed since the last one. */
  spend(nowMs: number): number | undefined;
}

const minuteMs = 60_000;

export function createLineBudget(linesPerMinuteMax: number): LineBudget {
  let startMs = Number.NEGATIVE_INFINITY;
  let lines = 0;
  let withheld = 0;
  return {
    spend(nowMs) {
      // A clock that was set back also starts a new minute.
      if (nowMs - startMs >= minuteMs || nowMs < startMs) [startMs, lines] = [nowMs, 0];
      if (lines >= linesPerMinuteMax) {
        withheld += 1;
        return undefined;
      }
      lines += 1;
      const before = withheld;
      withheld = 0;
      return before;
    },
  };
}
