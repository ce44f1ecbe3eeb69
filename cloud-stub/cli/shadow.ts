import { usage } from '../../base/cli.ts';
import { isObject } from '../../protocol/json.ts';
import type { OperatorClient, ShadowDocument } from '../operator-client.ts';
import { nothingOf } from './known-robot.ts';
import { readObject } from './read-object.ts';

/** `cloud-stub shadow`: request and action. `null` in the desired state deletes, as in every shadow. */

export const desiredExample = '{"settings":{"passes":2}}';

/**
 * AWS accepts any object, but a robot reads only `settings`. A state without it would be accepted and never applied.
 * Throws `usage`.
 */
export function readDesired(text: string): object {
  const desired = readObject('--desired', text);
  const settings: unknown = (desired as { settings?: unknown }).settings;
  if (settings === null || isObject(settings)) return desired;
  throw usage(
    '--desired has no settings object, and a robot reads no other',
    `for example: '${desiredExample}'`,
  );
}

/**
 * Sets the desired state when one is given; undefined when there is no shadow. AWS makes a shadow for any name, also for
 * a mistyped one. Throws `resource-not-found` for an unknown robot.
 */
export async function fetchShadow(
  client: OperatorClient,
  { robot, desired }: { robot: string; desired: object | undefined },
): Promise<ShadowDocument | undefined> {
  if (desired !== undefined) {
    await nothingOf(client, robot);
    await client.updateShadow(robot, { desired });
  }
  const shadow = await client.shadow(robot);
  if (shadow === undefined) await nothingOf(client, robot);
  return shadow;
}
