import { placesIn, placesText } from './cut.ts';
import type { Player } from './players.ts';
import { shrink } from './shrink.ts';
import type { Failure } from './tally.ts';
import type { Violation } from './world/play.ts';
import { drawScenario, isFault, type Scenario } from './world/scenario.ts';

/** A failure and, if it was searched for, the smallest scenario that reproduces it. */
export interface LeastFailure {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly least?: {
    readonly scenario: Scenario;
    /** The size of the seed's own scenario. */
    readonly of: { readonly actions: number; readonly days: number };
    readonly plays: number;
    readonly isLeast: boolean;
    readonly trace: readonly string[];
  };
  /** The command that runs it again. */
  readonly command: string;
}

/**
 * Searches for the smallest scenario that violates the same invariant as the whole one (the first, if it violates
 * several). Another bug found on the way must not replace this one.
 */
export async function findLeast(
  { seed, played }: Failure,
  player: Player,
  limits: {
    plays: number;
    seededFault?: string | undefined;
    isOver: () => boolean;
    /** Called before each run with its number of actions. */
    onPlay?: (actions: number) => void;
  },
): Promise<LeastFailure> {
  const { violations } = played;
  const again = (rest: string) => {
    const seededFault =
      limits.seededFault === undefined ? '' : ` --seeded-fault ${limits.seededFault}`;
    return `npm run simulate -- --seed ${seed}${seededFault}${rest} --trace`;
  };
  const wanted = violations[0]?.invariant;
  if (limits.plays === 0 || limits.isOver()) return { seed, violations, command: again('') };
  const whole = drawScenario(seed);
  let trace: readonly string[] = [];
  let least: readonly Violation[] = violations;
  const fails = async (scenario: Scenario) => {
    limits.onPlay?.(scenario.actions.length);
    const tried = await player.play({ scenario, trace: 'keep' });
    const found = tried.violations.some(({ invariant }) => invariant === wanted);
    // A player that was stopped also reports a crash; the scenario did not cause it.
    if (!found || limits.isOver()) return false;
    [trace, least] = [tried.trace, tried.violations];
    return true;
  };
  const { scenario, plays, isLeast } = await shrink(whole, { fails, isFault, ...limits });
  const places = placesIn(whole, scenario);
  const cut = ` --only ${placesText(places)} --days ${scenario.days}`;
  const command = again(scenario === whole ? '' : cut);
  return {
    seed,
    violations: least,
    least: {
      scenario,
      of: { actions: whole.actions.length, days: whole.days },
      plays,
      isLeast,
      trace,
    },
    command,
  };
}
