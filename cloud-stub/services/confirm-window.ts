import { limits } from '../../protocol/limits.ts';
import type { RobotId } from '../../protocol/topics.ts';
import type { Confirmed, Outbound } from '../core/messages.ts';
import { confirm } from './confirmations.ts';

/**
 * Theory of operation. What is stored for good is not confirmed at once: confirmations to one robot gather for a short
 * window. A robot that has been offline sends its reports in many messages, and each of our answers is billed. The
 * window opens with the first confirmation and is never extended. It is kept in memory: a stub that crashes within the
 * window loses confirmations only, and the robot sends its reports again.
 */
export interface ConfirmWindow {
  /** Adds what is now stored. Returns what to send at once: everything when there is no window, or when it is full. */
  add(robot: RobotId, confirmed: readonly Confirmed[], nowMs: number): Outbound[];
  /** The confirmations whose window is over. */
  takeDue(nowMs: number): Outbound[];
  /** When the next one is due. */
  dueMs(): number | undefined;
}

interface Waiting {
  readonly dueMs: number;
  /** By mission id: a report that arrived again meanwhile is confirmed once. */
  readonly confirmed: Map<string, Confirmed>;
}

export function createConfirmWindow(windowMs: number): ConfirmWindow {
  // Ordered by due time, since all windows have the same length.
  const waiting = new Map<RobotId, Waiting>();
  const take = (robot: RobotId): Outbound[] => {
    const found = waiting.get(robot);
    waiting.delete(robot);
    return found === undefined ? [] : confirm(robot, [...found.confirmed.values()]);
  };
  return {
    add(robot, confirmed, nowMs) {
      if (confirmed.length === 0) return [];
      const found = waiting.get(robot) ?? { dueMs: nowMs + windowMs, confirmed: new Map() };
      waiting.set(robot, found);
      for (const one of confirmed) found.confirmed.set(one.key.missionId, one);
      const isFull = found.confirmed.size >= limits.reportsPerListMax;
      return windowMs === 0 || isFull ? take(robot) : [];
    },
    takeDue: (nowMs) =>
      [...waiting]
        // A clock that was set back must not make robots wait.
        .filter(([, { dueMs }]) => dueMs <= nowMs || dueMs > nowMs + windowMs)
        .flatMap(([robot]) => take(robot)),
    dueMs: () => waiting.values().next().value?.dueMs,
  };
}
