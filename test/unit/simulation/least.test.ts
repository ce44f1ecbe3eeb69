import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readPlaces } from '../../simulation/cut.ts';
import { findLeast } from '../../simulation/least.ts';
import type { Player } from '../../simulation/players.ts';
import type { Violation } from '../../simulation/world/play.ts';
import { drawScenario, isFault } from '../../simulation/world/scenario.ts';

const seed = 3;
const whole = drawScenario(seed);
const wanted = { invariant: '1', detail: 'a mission is missing' };
const other = { invariant: '6', detail: 'a command ran late' };

/** Plays by a rule instead of a world. */
function playerOf(checkFinalInvariants: (actions: readonly object[]) => Violation[]) {
  const plays: number[] = [];
  const player: Player = {
    async play(task) {
      const { actions } = 'scenario' in task ? task.scenario : whole;
      plays.push(actions.length);
      const rest = {
        virtualMs: 1,
        faults: {},
        seen: {},
        wallMs: 1,
        trace: [`${actions.length} actions`],
      };
      return { violations: checkFinalInvariants(actions), ...rest };
    },
    [Symbol.dispose]() {},
  };
  return { player, plays };
}

const failure = { seed, played: { violations: [wanted], trace: [] } };
const unlimited = { plays: 10_000, isOver: () => false };

describe('the least of a failure', () => {
  it('is what the same invariant hangs on, with a command that plays just that', async () => {
    const needed = [whole.actions.find(isFault), whole.actions.find((action) => !isFault(action))];
    const { player } = playerOf((actions) =>
      needed.every((action) => actions.some((one) => isDeepStrictEqual(one, action)))
        ? [other, wanted]
        : [other],
    );
    const least = await findLeast(failure, player, unlimited);
    expect(new Set(least.least?.scenario.actions)).toEqual(new Set(needed));
    expect(least.least).toMatchObject({ isLeast: true, trace: ['2 actions'] });
    expect(least.violations).toEqual([other, wanted]);
    const [, only = '', days] =
      /--seed 3 --only (\S+) --days (\d+) --trace$/.exec(least.command) ?? [];
    expect(readPlaces(only).map((place) => whole.actions[place])).toEqual(
      least.least?.scenario.actions,
    );
    expect(Number(days)).toBe(least.least?.scenario.days);
  });

  it('names the seeded fault in its command', async () => {
    const { player } = playerOf(() => [wanted]);
    const { command } = await findLeast(failure, player, {
      ...unlimited,
      seededFault: 'old-delta',
    });
    expect(command).toBe(
      'npm run simulate -- --seed 3 --seeded-fault old-delta --only none --days 1 --trace',
    );
  });

  it('is not refreshed for when it is not wanted, or nobody waits', async () => {
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
