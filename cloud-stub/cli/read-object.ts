import { usage } from '../../base/cli.ts';

export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON that somebody gave as `name`. Throws `usage`. */
export function readObject(name: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw usage(`${name}: expected a JSON object`);
}
