import { limits } from '../../protocol/limits.ts';
import { splitMissionId } from '../../protocol/missions.ts';
import type { MissionDocument } from '../../protocol/schemas/missions.ts';

/**
 * Checks numbers that fit the schema but are out of range for any robot. The limits are generous, because a rejected
 * report is lost to its owner. A wrong clock is no reason to reject, so a time must only be before the year 2200. The
 * robot has the same limits, and omits such a number.
 */
export const { countMax } = limits;
const { wallMsMax, spanSMax, areaM2Max } = limits;

/** Describes what is out of range in `document`; undefined when nothing is. */
export function outOfRangeIn(document: MissionDocument): string | undefined {
  const { missionId, boot, revision, started, updated, durations, area, counters } = document;
  // Checked by name: we do not know the limits of further counts from a newer robot.
  const { runS, pauseS, chargeS, clockSpeed } = durations;
  const { cleanedM2, reachableM2 } = area;
  const { stuck, recharges, droppedEvents } = counters;
  const bounded: [what: string, value: number, max: number][] = [
    ['number', splitMissionId(missionId).n, countMax],
    ...boundsOfEach({ boot, revision, stuck, recharges, droppedEvents }, countMax),
    ...boundsOfEach(
      { 'started.wallMs': started.wallMs, 'updated.wallMs': updated.wallMs },
      wallMsMax,
    ),
    ...boundsOfEach({ runS, pauseS, chargeS, clockSpeed }, spanSMax),
    ...boundsOfEach({ cleanedM2, reachableM2 }, areaM2Max),
    ['events.atS', Math.max(0, ...document.events.map(({ atS }) => atS)), spanSMax],
  ];
  const [what, value] = bounded.find(([, number, max]) => number > max) ?? [];
  return what === undefined ? undefined : `${what} is ${value}`;
}

const boundsOfEach = (values: Record<string, number>, max: number): [string, number, number][] =>
  Object.entries(values).map(([name, value]) => [name, value, max]);
