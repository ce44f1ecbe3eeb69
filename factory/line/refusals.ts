import type { Clock } from '../../base/clock.ts';
import { createLineBudget } from '../../base/connections/line-budget.ts';
import type { Log } from '../../base/log.ts';

/**
 * Counts callers that were refused before they were known as fixtures, and logs some: a port scan does not fill the
 * disk.
 */
export interface RefusalTally {
  note(refusal: { code: string; address: string; detail?: string }): void;
}

const linesPerMinuteMax = 10;

/** Logs the first, second, fourth, eighth... of each cause, within the budget. */
export function createRefusalTally({ clock, log }: { clock: Clock; log: Log }): RefusalTally {
  const counts = new Map<string, number>();
  const budget = createLineBudget(linesPerMinuteMax);
  return {
    note({ code, address: ipAddress, detail }) {
      const count = (counts.get(code) ?? 0) + 1;
      counts.set(code, count);
      if (Math.log2(count) % 1 !== 0) return;
      const withheld = budget.spend(clock.monoMs());
      if (withheld === undefined) return;
      const about = { code, ipAddress, ...(detail === undefined ? {} : { detail }), count };
      log.warn({ ...about, ...(withheld > 0 ? { withheld } : {}) }, 'a caller was refused');
    },
  };
}
