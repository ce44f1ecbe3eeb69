import { usage } from '../../base/cli.ts';
import { isObject } from '../../protocol/json.ts';
import { readObject } from './read-object.ts';

/** The state that `cloud-stub shadow --desired` sets; `null` deletes, as in every shadow. */

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
