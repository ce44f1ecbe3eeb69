import { describe, expect, it } from 'vitest';
import { drawPlan } from './world/plan.ts';
import { play, type TraceLine } from './world/play.ts';

const seeds = 40;

describe('the world', () => {
  it(`${seeds} seeds: the invariants hold`, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const { violations } = await play(drawPlan(seed));
      expect(violations, `seed ${seed}`).toEqual([]);
    }
  });

  it('lives through the same plan in the same way', async () => {
    const lived = async () => {
      const lines: TraceLine[] = [];
      const outcome = await play(drawPlan(7), { trace: (line) => lines.push(line) });
      return { lines, outcome };
    };
    const [first, second] = [await lived(), await lived()];
    expect(first.lines.length).toBeGreaterThan(500);
    expect(second).toEqual(first);
  });
});
