import type { OrderKey } from './schemas/missions.ts';

/**
 * Documents of one mission are ordered by `(ended, boot, revision)`. `boot` is a durable counter of agent starts, and
 * `revision` restarts in each boot. So progress costs the robot no disk write, and a late document of an old boot never
 * hides a newer one. Returns a negative number, zero or a positive number, like any comparator.
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
