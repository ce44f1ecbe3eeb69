import type { Mutant } from './plant.ts';

/** Bugs that the world must find; each stands for a rule of the design that somebody might break. */
export const mutants: readonly Mutant[] = [
  {
    name: 'order-by-revision-alone',
    file: 'protocol/missions.ts',
    from: 'Number(a.ended) - Number(b.ended) || a.boot - b.boot || a.revision - b.revision',
    to: 'a.revision - b.revision',
    seedsMax: 5,
    why: "revisions begin anew in each boot, so an old boot's progress hides the end of a mission",
  },
];
