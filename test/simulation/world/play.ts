import { smallRoom } from './board.ts';
import type { Plan } from './plan.ts';
import { play as playScenario } from './scenario.ts';

export interface Violation {
  readonly invariant: string;
  readonly detail: string;
}

export interface Outcome {
  readonly violations: readonly Violation[];
  readonly virtualMs: number;
  /** Injected, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** What really happened. */
  readonly seen: Readonly<Record<string, number>>;
}

export interface TraceLine {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  readonly about?: object;
}

export interface PlayOptions {
  readonly trace?: (line: TraceLine) => void;
}

const terrain = smallRoom();

export async function play(plan: Plan, _options: PlayOptions = {}): Promise<Outcome> {
  const { world, violations } = await playScenario(plan.seed, terrain);
  const { dropped, repeated, cuts } = world.network.counts;
  return {
    violations: violations.map((detail) => ({ invariant: detail.split(':')[0] ?? '', detail })),
    virtualMs: world.clock.monoMs(),
    faults: { dropped, repeated, cuts, kills: world.kills },
    seen: { missions: world.board.ended.size },
  };
}
