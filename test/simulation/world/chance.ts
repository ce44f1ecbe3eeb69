export type Draw = () => number;

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

export const pick = <T>(draw: Draw, from: readonly T[]): T =>
  from[Math.floor(draw() * from.length)] as T;

/** From 0 to `max`. */
export const many = (draw: Draw, max: number): number => Math.floor(draw() * (max + 1));

/** A moment within so many days. */
export const within = (draw: Draw, days: number): number => Math.floor(draw() * days * dayMs);

/** A random duration: mostly short, seldom long. */
export const spell = (draw: Draw, maxMs: number): number =>
  Math.floor(draw() ** 2 * maxMs) + minuteMs;

/**
 * All texts of four hex digits, cached: each turn of the agent needs sixteen digits, and formatting them takes time.
 */
const fours = Array.from({ length: 65_536 }, (_, n) => n.toString(16).padStart(4, '0'));

/** Eight hex digits. */
export function word(draw: Draw): string {
  const bits = draw() * 2 ** 32;
  return `${fours[bits >>> 16]}${fours[bits & 0xffff]}`;
}

/** So many bytes as hex. */
export const hexOf = (draw: Draw) => (bytes: number) => {
  let hex = '';
  while (hex.length < bytes * 2) hex += word(draw);
  return hex.slice(0, bytes * 2);
};
