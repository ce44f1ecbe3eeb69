import { delay, systemClock } from '../../../base/clock.ts';
import type { MissionRow } from '../../../cloud-stub/rows.ts';
import type { BenchBody } from './body.ts';
import type { Cell } from './plan.ts';
import type { Way } from './proxy.ts';
import type { Client } from './supervise.ts';
import type { World } from './world.ts';

/** Everything that a cell holds while it runs. */
export interface Stage {
  readonly world: World;
  readonly cell: Cell;
  readonly robot: string;
  readonly way: Way;
  readonly body: BenchBody;
  readonly client: Client;
  readonly random: () => number;
  /** The body's ids of the missions that have ended. */
  readonly ended: string[];
}

const pollMs = 200;

/** Polls until the condition holds or the time is over. Returns whether it holds. */
export async function within(
  { world }: Pick<Stage, 'world'>,
  ms: number,
  isSo: () => Promise<boolean>,
): Promise<boolean> {
  const endMs = systemClock.monoMs() + ms;
  for (;;) {
    world.signal.throwIfAborted();
    if (await isSo()) return true;
    if (systemClock.monoMs() > endMs) return false;
    await delay(systemClock, pollMs, world.signal);
  }
}

export const rowsOf = ({ world, robot }: Stage): Promise<MissionRow[]> =>
  world.operator.missions({ robot });

/**
 * The table has the mission as ended, and its map is granted; our agent also uploads it, which the other clients leave
 * out.
 */
export function isDone({ baseline }: Cell, { status, document, map }: MissionRow): boolean {
  if (status !== 'ended') return false;
  if (document.map === undefined) return true;
  return baseline === 'pilotfish' ? map?.state === 'stored' : (map?.grants ?? 0) > 0;
}

export async function isComplete(stage: Stage): Promise<boolean> {
  const rows = await rowsOf(stage);
  const done = rows.filter((row) => isDone(stage.cell, row));
  return new Set(done.map(({ document }) => document.bodyMission)).size === stage.ended.length;
}
