import { agentMutants } from './mutants/agent.ts';
import { cloudMutants } from './mutants/cloud.ts';
import { commandMutants } from './mutants/commands.ts';
import { fileMutants } from './mutants/files.ts';
import { missionMutants } from './mutants/missions.ts';
import { robotMutants } from './mutants/robots.ts';
import { shadowMutants } from './mutants/shadow.ts';
import { updateMutants } from './mutants/updates.ts';
import type { Mutant } from './planting.ts';

/** Faults that the world must find, seeded one at a time. Each breaks a rule of the design as a real mistake could. */
export const mutants: readonly Mutant[] = [
  ...missionMutants,
  ...commandMutants,
  ...shadowMutants,
  ...updateMutants,
  ...agentMutants,
  ...fileMutants,
  ...cloudMutants,
  ...robotMutants,
];
