import type { SeededFault } from './seams.ts';
import { agentFaults } from './seeded-faults/agent.ts';
import { cloudFaults } from './seeded-faults/cloud.ts';
import { commandFaults } from './seeded-faults/commands.ts';
import { fileFaults } from './seeded-faults/files.ts';
import { missionFaults } from './seeded-faults/missions.ts';
import { robotFaults } from './seeded-faults/robots.ts';
import { shadowFaults } from './seeded-faults/shadow.ts';
import { updateFaults } from './seeded-faults/updates.ts';

/** Faults that the world must find, seeded one at a time. Each breaks a rule of the design as a real mistake could. */
export const seededFaults: readonly SeededFault[] = [
  ...missionFaults,
  ...commandFaults,
  ...shadowFaults,
  ...updateFaults,
  ...agentFaults,
  ...fileFaults,
  ...cloudFaults,
  ...robotFaults,
];
