import { usage } from '../../base/cli.ts';
import type { Plan } from './world/plan.ts';

/** Which part of a seed's scenario to run. With the seed, it identifies a failure in one command line. */
export interface Cut {
  /** Positions of the actions in the whole scenario, counted from 0. */
  readonly only?: readonly number[];
  readonly days?: number;
}

export function cutPlan(plan: Plan, { only, days }: Cut): Plan {
  const beyond = only?.find((place) => place >= plan.acts.length);
  if (beyond !== undefined) {
    throw usage(
      `--only names act ${beyond}, but seed ${plan.seed} has ${plan.acts.length} acts`,
      'the numbers belong to the seed they were printed with, and to the same version of the world',
    );
  }
  const acts =
    only === undefined ? plan.acts : plan.acts.filter((_, place) => only.includes(place));
  return { ...plan, acts, days: days ?? plan.days };
}

/** The positions in `whole` of the actions of `part`. */
export const placesIn = (whole: Plan, part: Plan): number[] =>
  part.acts.map((act) => whole.acts.indexOf(act));

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
      throw usage(`--only is "${text}", expected numbers of acts such as 0-2,7`);
    }
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}
