import { randomBytes } from 'node:crypto';
import { PilotfishError } from '../base/errors.ts';
import { readTextIfThere, writeFileDurable } from '../base/files.ts';
import { readJsonObject } from '../base/json.ts';
import type { Credentials } from './config.ts';

/** The key with which an operator's client signs; the cloud signs its URLs with the same key. */
export interface OperatorKey extends Credentials {
  readonly region: string;
}

/** Reads the operator's key; undefined when there is none. Throws `config-operator` for a file without a valid key. */
export async function readOperatorKey(path: string): Promise<OperatorKey | undefined> {
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  const { accessKeyId, secretAccessKey, region, problem = '' } = parse(text);
  if (!isWord(accessKeyId) || !isWord(secretAccessKey) || !isWord(region)) {
    throw new PilotfishError(
      'config-operator',
      `${path}: expected a JSON object with accessKeyId, secretAccessKey and region${problem}`,
      { hint: 'remove the file and a new key is made at the next start' },
    );
  }
  return { accessKeyId, secretAccessKey, region };
}

/** Reads the operator's key or makes one, in a file of mode 0600. */
export async function operatorKey(path: string, region: string): Promise<OperatorKey> {
  const found = await readOperatorKey(path);
  if (found !== undefined) return found;
  const key: OperatorKey = {
    accessKeyId: `AKIA${randomBytes(10).toString('hex').slice(0, 16).toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
    region,
  };
  await writeFileDurable(path, `${JSON.stringify(key, null, 2)}\n`, 0o600);
  return key;
}

/** The problem names at most a position and a character of the file, none of its values. */
function parse(text: string): Partial<Record<keyof OperatorKey, unknown>> & { problem?: string } {
  const read = readJsonObject(text);
  if (!read.ok)
    return { problem: `; ${read.problem.replace(/: "[^"]*" stands/, ': this stands')}` };
  return Object.fromEntries(read.members.map(({ key, value }) => [key, value]));
}

const isWord = (value: unknown): value is string => typeof value === 'string' && value.length > 0;
