import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readPlaces } from '../../simulation/cut.ts';
import { findLeast } from '../../simulation/least.ts';
import type { Player } from '../../simulation/players.ts';
import { drawPlan, isFault } from '../../simulation/world/plan.ts';
import type { Violation } from '../../simulation/world/play.ts';

const seed = 3;
const whole = drawPlan(seed);
const wanted = { invariant: '1', detail: 'a mission is missing' };
const other = { invariant: '6', detail: 'a command ran late' };

/** Plays by a rule instead of a world. */
function playerOf(judge: (acts: readonly object[]) => Violation[]) {
  const plays: number[] = [];
  const player: Player = {
    async play(task) {
      const { acts } = 'plan' in task ? task.plan : whole;
      plays.push(acts.length);
      const rest = {
        virtualMs: 1,
        faults: {},
        seen: {},
        wallMs: 1,
        trace: [`${acts.length} acts`],
      };
      return { violations: judge(acts), ...rest };
    },
    [Symbol.dispose]() {},
  };
  return { player, plays };
}

const failure = { seed, played: { violations: [wanted], trace: [] } };
const unlimited = { plays: 10_000, isOver: () => false };

describe('the least of a failure', () => {
  it('is what the same invariant hangs on, with a command that plays just that', async () => {
    const needed = [whole.acts.find(isFault), whole.acts.find((act) => !isFault(act))];
    const { player } = playerOf((acts) =>
      needed.every((act) => acts.some((one) => isDeepStrictEqual(one, act)))
        ? [other, wanted]
        : [other],
    );
    const least = await findLeast(failure, player, unlimited);
    expect(new Set(least.least?.plan.acts)).toEqual(new Set(needed));
    expect(least.least).toMatchObject({ isLeast: true, trace: ['2 acts'] });
    expect(least.violations).toEqual([other, wanted]);
    const [, only = '', days] =
      /--seed 3 --only (\S+) --days (\d+) --trace$/.exec(least.command) ?? [];
    expect(readPlaces(only).map((place) => whole.acts[place])).toEqual(least.least?.plan.acts);
    expect(Number(days)).toBe(least.least?.plan.days);
  });

  it('names the planted bug in its command', async () => {
    const { player } = playerOf(() => [wanted]);
    const { command } = await findLeast(failure, player, { ...unlimited, mutant: 'old-delta' });
    expect(command).toBe(
      'npm run simulate -- --seed 3 --mutant old-delta --only none --days 1 --trace',
    );
  });

  it('is not looked for when it is not wanted, or nobody waits', async () => {
    const { player, plays } = playerOf(() => [wanted]);
    for (const limits of [
      { ...unlimited, plays: 0 },
      { ...unlimited, isOver: () => true },
    ]) {
      expect(await findLeast(failure, player, limits)).toEqual({
        ...{ seed, violations: [wanted], command: 'npm run simulate -- --seed 3 --trace' },
      });
    }
    expect(plays).toEqual([]);
  });
});
