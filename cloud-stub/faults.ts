import type { RobotId } from '../protocol/topics.ts';

/** Faults made on purpose. All chance comes from the seed, so that a run can be repeated. */
export interface Faults {
  /** Refuses this robot's connections for `forMs` from `nowMs`. The broker drops the live one. */
  cut(robot: RobotId, forMs: number, nowMs: number): void;
  isCut(robot: RobotId, nowMs: number): boolean;
  /** From now on loses `percent` of the QoS 0 messages, each way. */
  drop(percent: number, seed: number): void;
  /** Whether the message at hand is lost. */
  loses(): boolean;
  /** What is set now. */
  state(nowMs: number): FaultState;
}

export interface FaultState {
  readonly dropPercent: number;
  readonly lost: number;
  readonly cuts: readonly { robot: RobotId; untilMs: number }[];
}

export function createFaults(): Faults {
  const cuts = new Map<RobotId, number>();
  let dropPercent = 0;
  let draw = seededDraw(1);
  let lost = 0;
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
      draw = seededDraw(seed);
    },
    loses() {
      const loses = dropPercent > 0 && draw() * 100 < dropPercent;
      if (loses) lost += 1;
      return loses;
    },
    state: (nowMs) => ({
      dropPercent,
      lost,
      cuts: [...cuts]
        .filter(([, untilMs]) => nowMs < untilMs)
        .map(([robot, untilMs]) => ({ robot, untilMs })),
    }),
  };
}

/** Numbers in [0, 1) from a seed (mulberry32). Not for secrets. */
function seededDraw(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
