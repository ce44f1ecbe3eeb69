import { PilotfishError } from '../../base/errors.ts';
import type { OperatorClient } from '../operator-client.ts';

/**
 * Called after an empty answer about a robot. Throws `resource-not-found` when the cloud does not know the robot at
 * all.
 */
export async function nothingOf(client: OperatorClient, robot: string): Promise<void> {
  const { robots } = await client.status();
  if (robots.some((one) => one.robot === robot)) return;
  throw new PilotfishError('resource-not-found', `Thing ${robot} not found`, {
    hint: 'cloud-stub status lists the robots that have connected',
  });
}
