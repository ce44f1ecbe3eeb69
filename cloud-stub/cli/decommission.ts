import type { CliIo, Option, Options } from '../../base/command.ts';
import { confirmByName, yes } from '../../base/confirm.ts';
import type { OperatorClient } from '../operator-client.ts';
import { theRobot } from './call-running.ts';

/** `cloud-stub decommission`: revoked certificates cannot be restored, so the command requires confirmation. */

export const decommissionOptions = {
  robot: theRobot,
  yes,
  clear: { type: 'boolean', describe: 'take it back: a new certificate lets it in' },
} as const satisfies Record<string, Option>;

type Given = Options<typeof decommissionOptions> & { readonly json: boolean };

/** Throws `usage` when there is no terminal to prompt, `not-confirmed` when the answer is not the robot's name. */
export async function confirmDecommission(
  { robot, yes, clear, json }: Given,
  io: CliIo,
): Promise<void> {
  if (clear) return;
  const consequence = `decommission revokes all certificates of ${robot} for good`;
  await confirmByName({ name: robot, consequence, yes, json }, io);
}

export interface Decommissioned {
  readonly robot: string;
  readonly decommissioned: boolean;
  readonly certificates: number;
}

export async function decommissionRobot(
  client: OperatorClient,
  { robot, clear }: Given,
): Promise<Decommissioned> {
  return { robot, decommissioned: !clear, certificates: await client.decommission(robot, !clear) };
}

export const showDecommissioned = ({ decommissioned, certificates }: Decommissioned): string =>
  decommissioned ? `decommissioned, certificates revoked: ${certificates}` : 'recommissioned';
