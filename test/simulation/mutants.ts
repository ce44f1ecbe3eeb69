import { agentMutants } from './mutants/agent.ts';
import { cloudMutants } from './mutants/cloud.ts';
import { commandMutants } from './mutants/commands.ts';
import { fileMutants } from './mutants/files.ts';
import { missionMutants } from './mutants/missions.ts';
import { shadowMutants } from './mutants/shadow.ts';
import { updateMutants } from './mutants/updates.ts';
import type { Mutant } from './planting.ts';

/** Bugs that the world must find, planted one at a time; each breaks a rule of the design in a way that somebody could. */
export const mutants: readonly Mutant[] = [
  ...missionMutants,
  ...commandMutants,
  ...shadowMutants,
  ...updateMutants,
  ...agentMutants,
  ...fileMutants,
  ...cloudMutants,
];
