/**
 * How many log lines strangers may cause: whoever can make a server write can fill its disk. Counts stay exact, only lines
 * are saved.
 */
export interface LineBudget {
  /** Undefined: no line now. Else how many lines were withheld since the last one. */
  spend(nowMs: number): number | undefined;
}

const minuteMs = 60_000;

export function createLineBudget(linesPerMinuteMax: number): LineBudget {
  let startMs = Number.NEGATIVE_INFINITY;
  let lines = 0;
  let withheld = 0;
  return {
    spend(nowMs) {
      // A clock that was set back begins a new minute, too.
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
