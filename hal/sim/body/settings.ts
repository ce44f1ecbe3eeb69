import type { BodySettings } from '../../robot-body.ts';

/** In Unicode code points, as JSON Schema counts. */
const NAME_LENGTH_MAX = 32;

/** The accepted values of each setting; other names are unknown. */
const ACCEPTS: Record<string, (value: unknown) => boolean> = {
  cleaningPower: (value) => value === 'eco' || value === 'auto' || value === 'boost',
  passes: (value) => value === 1 || value === 2,
  binPause: (value) => typeof value === 'boolean',
  name: (value) => typeof value === 'string' && Array.from(value).length <= NAME_LENGTH_MAX,
  childLock: (value) => typeof value === 'boolean',
};

/** The settings of a new body. */
export const FACTORY_SETTINGS: BodySettings = {
  cleaningPower: 'auto',
  passes: 1,
  binPause: false,
  name: 'Robot',
  childLock: false,
};

/** Applies valid settings, and returns by name why the others were rejected: `unknown-setting` or `bad-value`. */
export function mergeSettings(
  present: BodySettings,
  requested: Readonly<Record<string, unknown>>,
): { settings: BodySettings; refused: Record<string, string> } {
  const settings: Record<string, string | number | boolean> = { ...present };
  const refused: [string, string][] = [];
  for (const [name, value] of Object.entries(requested)) {
    const accepts = Object.hasOwn(ACCEPTS, name) ? ACCEPTS[name] : undefined;
    if (accepts === undefined) refused.push([name, 'unknown-setting']);
    else if (accepts(value)) settings[name] = value as string | number | boolean;
    else refused.push([name, 'bad-value']);
  }
  return { settings, refused: Object.fromEntries(refused) };
}
