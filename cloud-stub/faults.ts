import { randomStream } from '../base/random.ts';
import type { RobotId } from '../protocol/topics.ts';

/** Injected faults. All randomness comes from the seed, so that a run can be repeated. */
export interface Faults {
  /** Refuses this robot's connections for `forMs` from `nowMs`. The broker drops the live one. */
  cut(robot: RobotId, forMs: number, nowMs: number): void;
  isCut(robot: RobotId, nowMs: number): boolean;
  /** From now on drops `percent` of the QoS 0 messages, each way. */
  drop(percent: number, seed: number): void;
  /** Whether the current message is dropped. */
  loses(): boolean;
  /**
   * From now on this robot may publish `perS` messages a second. For a fraction the seed decides which seconds allow
   * one more. Messages over the quota are discarded, QoS 1 without a PUBACK, and the connection stays (as in AWS IoT
   * Core). Infinity is no quota.
   */
  throttle(robot: RobotId, perS: number, seed: number): void;
  /** Counts a publish of the robot and returns whether it is over its quota. */
  isOver(robot: RobotId, nowMs: number): boolean;
  /** What is set now. */
  state(nowMs: number): FaultState;
}

export interface FaultState {
  readonly dropPercent: number;
  readonly lost: number;
  readonly throttled: number;
  readonly cuts: readonly { robot: RobotId; untilMs: number }[];
}

export function createFaults(): Faults {
  const cuts = new Map<RobotId, number>();
  let dropPercent = 0;
  let random = randomStream(1);
  let lost = 0;
  const quotas = new Map<RobotId, Quota>();
  let throttled = 0;
  return {
    cut: (robot, forMs, nowMs) => void cuts.set(robot, nowMs + forMs),
    isCut(robot, nowMs) {
      const untilMs = cuts.get(robot);
      if (untilMs === undefined) return false;
      if (nowMs < untilMs) return true;
      cuts.delete(robot);
      return false;
    },
    drop(percent, seed) {
      dropPercent = percent;
      random = randomStream(seed);
    },
    loses() {
      const loses = dropPercent > 0 && random() * 100 < dropPercent;
      if (loses) lost += 1;
      return loses;
    },
    throttle(robot, perS, seed) {
      if (perS === Number.POSITIVE_INFINITY) quotas.delete(robot);
      else quotas.set(robot, { perS, random: randomStream(seed), second: -1, room: 0 });
    },
    isOver(robot, nowMs) {
      const quota = quotas.get(robot);
      if (quota === undefined) return false;
      const isOver = !takeRoom(quota, Math.floor(nowMs / 1000));
      if (isOver) throttled += 1;
      return isOver;
    },
    state: (nowMs) => ({
      dropPercent,
      lost,
      throttled,
      cuts: [...cuts]
        .filter(([, untilMs]) => nowMs < untilMs)
        .map(([robot, untilMs]) => ({ robot, untilMs })),
    }),
  };
}

interface Quota {
  readonly perS: number;
  readonly random: () => number;
  second: number;
  /** How many messages may still be published in this second. */
  room: number;
}

function takeRoom(quota: Quota, second: number): boolean {
  if (second !== quota.second) {
    quota.second = second;
    const whole = Math.floor(quota.perS);
    quota.room = whole + (quota.random() < quota.perS - whole ? 1 : 0);
  }
  if (quota.room === 0) return false;
  quota.room -= 1;
  return true;
}
