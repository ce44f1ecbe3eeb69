import { codeOf, PilotfishError } from '../../base/errors.ts';
import type { OperatorClient } from '../operator-client.ts';

/**
 * Called after an empty answer about a robot, or before a change that no robot would read. Throws `resource-not-found`
 * when the cloud does not know the robot at all.
 */
export async function nothingOf(client: OperatorClient, robot: string): Promise<void> {
  await client.status({ robot }).catch((error) => explainUnknown(error, robot));
}

/** Called with the failure of a request about a robot: throws it, with a hint when the cloud does not know the robot. */
export function explainUnknown(error: unknown, robot: string): never {
  throw codeOf(error) === 'resource-not-found' ? unknown(robot) : error;
}

const unknown = (robot: string) =>
  new PilotfishError('resource-not-found', `Thing ${robot} not found`, {
    hint: 'cloud-stub status lists the robots, cloud-stub refusals what was not let in',
  });
