import { systemClock } from '../../../base/clock.ts';
import type { MeterRow, MissionRow } from '../../../cloud-stub/rows.ts';
import { emptyMeter } from '../../../cloud-stub/services/meter.ts';
import { isComplete, rowsOf, type Stage, within } from './stage.ts';

/** How a cell ends, and what is counted then. */

/** `deadline`: it was still at work at the deadline. */
export type EndedBy = 'complete' | 'nothing-more' | 'deadline';

/** A client that has reported everything and has requested the rest twice more receives nothing further. */
const noMoreMs = 12_000;

/** Faults have ended: runs until the client has nothing left to do, with one more connection if it needs that. */
export async function finish(stage: Stage): Promise<EndedBy> {
  const { client, way, ended } = stage;
  const isAllDone = async () =>
    way.quietMs() > 600 &&
    (await client.rest(ended.length)) === 'nothing' &&
    (await isComplete(stage));
  if (await within(stage, 2000, isAllDone)) return 'complete';
  way.renew();
  let seen = '';
  let sinceMs = systemClock.monoMs();
  let endedBy: EndedBy = 'deadline';
  await within(stage, 90_000, async () => {
    if (await isAllDone()) endedBy = 'complete';
    const now = JSON.stringify(await rowsOf(stage));
    const isReported = (await client.rest(ended.length)) !== 'much';
    if (now !== seen || !isReported) sinceMs = systemClock.monoMs();
    seen = now;
    if (endedBy === 'deadline' && systemClock.monoMs() - sinceMs > noMoreMs)
      endedBy = 'nothing-more';
    return endedBy !== 'deadline';
  });
  return endedBy;
}

export function checkRows({ ended }: Stage, rows: readonly MissionRow[]) {
  const final = rows.filter(({ status }) => status === 'ended');
  const known = new Set(final.map(({ document }) => document.bodyMission));
  return {
    missing: ended.filter((id) => !known.has(id)).length,
    doubles: rows.reduce((sum, { counts }) => sum + counts.duplicates + counts.conflicts, 0),
    doubleRows: rows.length - new Set(rows.map(({ document }) => document.bodyMission)).size,
  };
}

export const meterOf = async ({ world, robot }: Stage): Promise<MeterRow> => ({
  ...emptyMeter(),
  ...(await world.operator.meters())[robot],
});

export function difference(after: MeterRow, before: MeterRow): MeterRow {
  const names = Object.keys(after) as (keyof MeterRow)[];
  const entries = names.map((name) => [name, after[name] - before[name]]);
  return Object.fromEntries(entries) as unknown as MeterRow;
}
