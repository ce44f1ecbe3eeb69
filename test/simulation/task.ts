import type { Outcome, TraceLine } from './world/play.ts';
import type { Scenario } from './world/scenario.ts';

/** What a player is to run. */
export type Task = ({ readonly seed: number } | { readonly scenario: Scenario }) & {
  /** `text` and `json` write to standard output; `keep` returns the last lines with the outcome. */
  readonly trace?: 'text' | 'json' | 'keep' | undefined;
};

/** The outcome of a task. */
export interface Played extends Outcome {
  readonly wallMs: number;
  readonly trace: readonly string[];
}

/** `3d 07:12:45.120  cloud    mission ended  {"missionId":"..."}` */
export function traceText({ atMs, who, what, about }: TraceLine): string {
  const rest = about === undefined ? '' : `  ${JSON.stringify(about)}`;
  return `${timeText(atMs)}  ${who.padEnd(8)} ${what}${rest}`;
}

/** Virtual time since the start. */
export function timeText(atMs: number): string {
  const dayMs = 24 * 3_600_000;
  const time = new Date(atMs % dayMs).toISOString().slice(11, 23);
  return `${Math.floor(atMs / dayMs)}d ${time}`;
}
