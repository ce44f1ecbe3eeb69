import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The moments at which a sabotaged agent can be made to die, in the order in which an update, a mission or a renewal has them. */
export type Moment =
  | 'mission-seen' // the body has reported a mission, and nothing of it is stored
  | 'end-seen' // the body has reported its end
  | 'map-fetched' // its map was read from the body and is not kept
  | 'report-accepted' // the cloud has confirmed the final report, which the agent has not received yet
  | 'map-stored' // the object store has the map
  | 'first-byte' // of an image has come; the slot is empty
  | 'half-written' // half of the image is in the slot
  | 'written' // the slot is complete
  | 'armed' // the next boot is from the new slot
  | 'trial-begun' // the new slot's agent has just started
  | 'confirmed' // the new slot is good
  | 'outcome-accepted' // the cloud has taken the job's end, which the agent has not received yet
  | 'csr-made' // the request for a new certificate is written, and not sent
  | 'certificate-made' // the cloud has made the certificate, which the agent has not received yet
  | 'credentials-staged' // they are beside the ones in use
  | 'certificate-active' // the cloud has activated it, which the agent has not received yet
  | 'old-connection-closed' // before the connection with the new credentials
  | 'new-credentials-up' // the robot has connected with the new credentials, which the agent has not received yet
  | 'credentials-promoting' // the decision is stored, and nothing is changed on the disk
  | 'credentials-promoted'; // the new credentials are in use, which the agent has not received yet

/** The content of `sabotage.json` in the board's folder, until the moment has come. */
export interface Plan {
  readonly moment: Moment;
  /** Run to its end at that moment while the agent stands still, for instance to cut the board's power. */
  readonly command?: readonly string[];
  /** The agent is left alive afterwards. */
  readonly spares?: boolean;
}

/** The plan, and its name after it was carried out, because it is carried out once. */
export const planFile = (boardFolder: string): string => join(boardFolder, 'sabotage.json');
export const doneFile = (boardFolder: string): string => `${planFile(boardFolder)}.done`;

/**
 * Part of a sabotaged agent (see `system-bundle.ts`): when this is the moment that the plan names, runs the plan's command
 * and ends this very process by SIGKILL.
 */
export function interruptAt(moment: Moment): void {
  const folder = dirname(process.env['PILOTFISH_BOARD'] ?? '/nowhere/board.sock');
  const plan = readPlan(planFile(folder));
  if (plan?.moment !== moment) return;
  renameSync(planFile(folder), doneFile(folder));
  const [program, ...args] = plan.command ?? [];
  if (program !== undefined) spawnSync(program, args);
  if (!plan.spares) process.kill(process.pid, 'SIGKILL');
}

function readPlan(file: string): Plan | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Plan;
  } catch {
    return undefined;
  }
}
