import { usage } from '../../base/cli.ts';
import { readJsonObject } from '../../base/json.ts';

/** The JSON object given as the option `name`. Throws `usage`. */
export function readObject(name: string, text: string): object {
  const read = readJsonObject(text);
  if (!read.ok) throw usage(`${name}: expected a JSON object; ${read.problem}`);
  return Object.fromEntries(read.members.map(({ key, value }) => [key, value]));
}
