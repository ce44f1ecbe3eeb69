import type { Plan } from './world/plan.ts';
import type { Outcome, TraceLine } from './world/play.ts';

/** What a player is asked to play. */
export type Task = ({ readonly seed: number } | { readonly plan: Plan }) & {
  /** To standard output, as lines for people or as JSON; or the last lines as part of the answer. */
  readonly trace?: 'text' | 'json' | 'keep' | undefined;
};

/** What came of it. */
export interface Played extends Outcome {
  readonly wallMs: number;
  readonly trace: readonly string[];
}

/** `3d 07:12:45.120  cloud    mission ended  {"missionId":"..."}` */
export function traceText({ atMs, who, what, about }: TraceLine): string {
  const rest = about === undefined ? '' : `  ${JSON.stringify(about)}`;
  return `${timeText(atMs)}  ${who.padEnd(8)} ${what}${rest}`;
}

/** Virtual time since the beginning. */
export function timeText(atMs: number): string {
  const dayMs = 24 * 3_600_000;
  const time = new Date(atMs % dayMs).toISOString().slice(11, 23);
  return `${Math.floor(atMs / dayMs)}d ${time}`;
}
