import type { MeterRow } from '../../../cloud-stub/rows.ts';
import { emptyMeter } from '../../../cloud-stub/services/meter.ts';
import { difference } from './ending.ts';
import { startIdleRobot } from './idle-robot.ts';
import type { Baseline } from './plan.ts';

const dayMs = 86_400_000;
/** By then all messages that belong to the connection itself have been sent. */
const settledMs = 600_000;

/**
 * What is metered in a day of a connected, idle robot, beyond the connection itself: the average of `days`, with a
 * connection a day. No cell of the bench lasts a day, so the agent's day is simulated (`idle-robot.ts`). The other
 * clients' applications publish only new reports, and keep-alive is not metered.
 */
export function idleDayOf(baseline: Baseline, { days, seed }: { days: number; seed: number }) {
  return baseline === 'pilotfish' ? playIdleDays(days, seed) : emptyMeter();
}

function playIdleDays(days: number, seed: number): MeterRow {
  const idle = startIdleRobot(seed);
  let sum = emptyMeter();
  for (let day = 0; day < days; day++) {
    if (day > 0) idle.reconnect();
    idle.runUntil(day * dayMs + settledMs);
    const before = idle.meter();
    idle.runUntil((day + 1) * dayMs);
    sum = mapRow(difference(idle.meter(), before), (count, name) => count + sum[name]);
  }
  return mapRow(sum, (count) => count / days);
}

function mapRow(row: MeterRow, to: (count: number, name: keyof MeterRow) => number): MeterRow {
  const names = Object.keys(row) as (keyof MeterRow)[];
  const entries = names.map((name) => [name, to(row[name], name)]);
  return Object.fromEntries(entries) as unknown as MeterRow;
}
