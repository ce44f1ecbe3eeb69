import type { Plan } from './world/plan.ts';

/** A plan that violated an invariant once, made as small as it went, and what was wrong with the product. */
export interface FailedOnce {
  readonly name: string;
  readonly plan: Plan;
}

/**
 * Played for ever. As data and not as seeds, because a seed is another story as soon as the world draws otherwise; `--json`
 * gives them (`failures[].least.plan`).
 */
export const failedOnce: readonly FailedOnce[] = [
  {
    name: 'a board that was silent at the start: its robot took no update until the next one',
    plan: {
      seed: 57,
      days: 4,
      acts: [
        { type: 'board-silent', atMs: 292_826_570, forMs: 9_521_047, share: 0.24532415294088422 },
        { type: 'update', atMs: 316_216_728, version: 4, counter: 2, image: 'wrong-hardware' },
      ],
    },
  },
];
