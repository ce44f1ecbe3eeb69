import { jsonBytes } from './codec.ts';
import { limits } from './limits.ts';
import type { MissionDocument, OrderKey, ReportList } from './schemas/missions.ts';

/**
 * Documents of one mission are ordered by `(ended, boot, revision)`. `boot` is a durable counter of agent starts and
 * `revision` begins anew in each boot, so progress costs the robot no disk write and an old boot's late document never
 * hides a newer one's. Negative, zero or positive like any comparator.
 */
export function compareOrder(a: OrderKey, b: OrderKey): number {
  return Number(a.ended) - Number(b.ended) || a.boot - b.boot || a.revision - b.revision;
}

export const orderKeyOf = ({ missionId, ended, boot, revision }: OrderKey): OrderKey => ({
  missionId,
  ended,
  boot,
  revision,
});

/** `{epoch}-{n}`: `epoch` is 64 random bits made with the robot's store, `n` its durable counter from 1. */
export const missionIdOf = (epoch: string, n: number): string => `${epoch}-${n}`;

export function splitMissionId(missionId: string): { epoch: string; n: number } {
  const dash = missionId.indexOf('-');
  return { epoch: missionId.slice(0, dash), n: Number(missionId.slice(dash + 1)) };
}

/**
 * Packs documents, in their order, into lists of at most `limits.reportListBytes` each. A document larger than that
 * travels alone. `dropped` (documents lost to a bound) stands in each list when it is not 0.
 */
export function packReports(documents: readonly MissionDocument[], dropped: number): ReportList[] {
  const empty: ReportList = { v: 1, reports: [], ...(dropped > 0 ? { dropped } : {}) };
  const frame = jsonBytes(empty);
  const lists: MissionDocument[][] = [];
  let room = 0;
  for (const document of documents) {
    const bytes = jsonBytes(document);
    const list = lists.at(-1);
    if (list !== undefined && bytes + 1 <= room && list.length < limits.reportsPerListMax) {
      list.push(document);
      room -= bytes + 1; // The comma.
    } else {
      lists.push([document]);
      room = limits.reportListBytes - frame - bytes;
    }
  }
  return lists.map((reports) => ({ ...empty, reports }));
}
