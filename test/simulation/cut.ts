import { usage } from '../../base/cli.ts';
import type { Scenario } from './world/scenario.ts';

/** Which part of a seed's scenario to run. With the seed, it identifies a failure in one command line. */
export interface Cut {
  /** Positions of the actions in the whole scenario, counted from 0. */
  readonly only?: readonly number[];
  readonly days?: number;
}

export function cutScenario(scenario: Scenario, { only, days }: Cut): Scenario {
  const beyond = only?.find((place) => place >= scenario.actions.length);
  if (beyond !== undefined) {
    throw usage(
      `--only names action ${beyond}, but seed ${scenario.seed} has ${scenario.actions.length} actions`,
      'the numbers belong to the seed they were printed with, and to the same version of the world',
    );
  }
  const actions =
    only === undefined
      ? scenario.actions
      : scenario.actions.filter((_, place) => only.includes(place));
  return { ...scenario, actions, days: days ?? scenario.days };
}

/** The positions in `whole` of the actions of `part`. */
export const placesIn = (whole: Scenario, part: Scenario): number[] =>
  part.actions.map((action) => whole.actions.indexOf(action));

/** `[0, 1, 2, 7]` is `0-2,7`. */
export function placesText(places: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const place of places) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === place - 1) last[1] = place;
    else runs.push([place, place]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',') || 'none';
}

export function readPlaces(text: string): number[] {
  if (text === 'none') return [];
  return text.split(',').flatMap((run) => {
    const [, first, last = first] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(run) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === undefined || to < from) {
      throw usage(`--only is "${text}", expected numbers of actions such as 0-2,7`);
    }
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}
