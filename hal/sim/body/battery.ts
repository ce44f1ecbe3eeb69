import type { BodyPhase } from '../../robot-body.ts';

/** An aged battery: a full one lasts for this much cleaning, so that a flat needs one recharge. */
const FULL_CLEANING_S = 1500;
const FULL_CHARGE_S = 1200;
/** The relative power of the vacuum by `cleaningPower`. */
const POWER: Record<string, number> = { eco: 0.8, auto: 1, boost: 1.5 };
/** The relative power of driving with the vacuum off. */
const DRIVING = 0.5;
const RESERVE_PCT = 8;
/** The path home has turns, which its length does not include. */
const DETOUR = 1.5;

/** A mission resumes at this charge. */
export const RESUME_PCT = 80;
/** No mission starts below this charge. */
export const START_PCT_MIN = 20;

/** The charge, 0 to 100, after some seconds of driving in a phase. */
export function chargeAfterDriving(
  batteryPct: number,
  { phase, power, seconds }: { phase: BodyPhase; power: unknown; seconds: number },
): number {
  const factor = phase === 'run' ? (POWER[String(power)] ?? 1) : DRIVING;
  return Math.max(0, batteryPct - (100 / FULL_CLEANING_S) * factor * seconds);
}

/** The charge, 0 to 100, after some seconds on the dock. */
export function chargeAfter(batteryPct: number, seconds: number): number {
  return Math.min(100, batteryPct + (100 / FULL_CHARGE_S) * seconds);
}

/** The charge at which a cleaning robot must return home, `homeS` seconds of straight driving away. */
export function reserveForHomePct(homeS: number): number {
  return RESERVE_PCT + (100 / FULL_CLEANING_S) * DRIVING * DETOUR * homeS;
}
