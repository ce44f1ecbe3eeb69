/** A stream of numbers in [0, 1) that depends only on `state`, 32 bits of it (mulberry32; not for secrets). */
export function randomStream(state: number): () => number {
  let next = state >>> 0;
  return () => {
    next = (next + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(next ^ (next >>> 15), next | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The same seeds give the same stream; another order of the seeds gives another one. */
export const seededRandom = (...seeds: readonly number[]): (() => number) =>
  randomStream(seeds.reduce((sum, seed) => Math.imul(sum ^ Math.trunc(seed), 0x9e3779b1) >>> 0, 1));
