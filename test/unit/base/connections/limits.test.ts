import { describe, expect, it } from 'vitest';
import { descriptorsMax, readLimit } from '../../../../base/connections/descriptors.ts';
import { createLineBudget } from '../../../../base/connections/line-budget.ts';

describe('the limit of descriptors', () => {
  const line = (soft: string) =>
    `Limit                     Soft Limit           Hard Limit           Units     \nMax processes             7823                 7823                 processes \nMax open files            ${soft.padEnd(20)} 524288               files     \n`;

  it.each([
    ['256', 256],
    ['1048576', 1_048_576],
    ['unlimited', Number.MAX_SAFE_INTEGER],
  ])('is read as %s', (soft, limit) => {
    expect(readLimit(line(soft))).toBe(limit);
  });

  it('is assumed to be small when the system does not report it', () => {
    expect(readLimit('')).toBe(256);
  });

  it('is known for this process', () => {
    expect(descriptorsMax()).toBeGreaterThan(16);
  });
});

describe('the budget of log lines', () => {
  it('drops lines beyond the budget, and reports their number with the next one', () => {
    const budget = createLineBudget(2);
    expect([0, 1, 2, 3, 60_000].map((ms) => budget.spend(ms))).toEqual([
      0,
      0,
      undefined,
      undefined,
      2,
    ]);
    expect(budget.spend(60_001)).toBe(0);
  });

  it('starts again when the clock was set back', () => {
    const budget = createLineBudget(1);
    expect([5000, 5001, 10, 11].map((ms) => budget.spend(ms))).toEqual([
      0,
      undefined,
      1,
      undefined,
    ]);
  });
});
