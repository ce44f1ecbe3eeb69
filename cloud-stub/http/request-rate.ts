import type { RobotId } from '../../protocol/topics.ts';

/** Counts a robot's requests by the second. */
export interface RequestRate {
  /** Counts one; true when there are too many in this second. */
  isOver(robot: RobotId, nowMs: number): boolean;
}

/** `nowMs` is of a clock that is never set back. The memory is that of one second. */
export function createRequestRate(perSecondMax: number): RequestRate {
  let second = Number.NaN;
  let counts = new Map<RobotId, number>();
  return {
    isOver(robot, nowMs) {
      const current = Math.floor(nowMs / 1000);
      if (current !== second) [second, counts] = [current, new Map()];
      const count = (counts.get(robot) ?? 0) + 1;
      counts.set(robot, count);
      return count > perSecondMax;
    },
  };
}
