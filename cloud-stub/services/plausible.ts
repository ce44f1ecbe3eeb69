import { limits } from '../../protocol/limits.ts';
import { splitMissionId } from '../../protocol/missions.ts';
import type { MissionDocument } from '../../protocol/schemas/missions.ts';

/**
 * Numbers that fit the schema and that no robot can have come to. Generous, because a refused report is lost to its
 * owner: a clock that was never set, or jumped, is no reason, so a moment is only asked to lie before the year 2200.
 * The robot knows the same limits, and leaves such a figure out.
 */
export const { countMax } = limits;
const { wallMsMax, spanSMax, areaM2Max } = limits;

/** What is out of all reason in `document`, in words; undefined for nothing. */
export function outOfRangeIn(document: MissionDocument): string | undefined {
  const { missionId, boot, revision, started, updated, durations, area, counters } = document;
  // By their names: what a newer robot counts besides has limits that we do not know.
  const { runS, pauseS, chargeS, clockSpeed } = durations;
  const { cleanedM2, reachableM2 } = area;
  const { stuck, recharges, droppedEvents } = counters;
  const bounded: [what: string, value: number, max: number][] = [
    ['number', splitMissionId(missionId).n, countMax],
    ...named({ boot, revision, stuck, recharges, droppedEvents }, countMax),
    ...named({ 'started.wallMs': started.wallMs, 'updated.wallMs': updated.wallMs }, wallMsMax),
    ...named({ runS, pauseS, chargeS, clockSpeed }, spanSMax),
    ...named({ cleanedM2, reachableM2 }, areaM2Max),
    ['events.atS', Math.max(0, ...document.events.map(({ atS }) => atS)), spanSMax],
  ];
  const [what, value] = bounded.find(([, number, max]) => number > max) ?? [];
  return what === undefined ? undefined : `${what} is ${value}`;
}

const named = (values: Record<string, number>, max: number): [string, number, number][] =>
  Object.entries(values).map(([name, value]) => [name, value, max]);
