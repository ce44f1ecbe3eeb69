import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { closestWord } from '../../base/closest.ts';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import { type JsonMember, readJsonObject } from '../../base/json.ts';
import { expectedOf } from '../../base/option.ts';
import { type Key, type Option, options, type Settings } from './options.ts';

/**
 * Reads and checks the configuration file. Errors have codes that begin with `config`. They name every invalid option,
 * its value and place, and what was expected.
 */
export async function readSettings(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Settings> {
  const given = parseMembers(file, await readText(file));
  const problems: Problem[] = [];
  const known = Object.keys(options) as Key[];
  for (const { key, keyPlace } of given.values()) {
    if (!Object.hasOwn(options, key)) problems.push(unknownOption(key, keyPlace, known));
  }
  const settings = Object.fromEntries(
    known.map((key) => {
      const option: Option = options[key];
      const fromEnv = option.env === undefined ? undefined : env[option.env];
      const member = given.get(key);
      const where = fromEnv === undefined && member !== undefined ? `, at ${member.place}` : '';
      const settled = settleOption(option, fromEnv ?? member?.value ?? option.default, where);
      if ('what' in settled) problems.push({ key, ...settled });
      return [key, 'what' in settled ? undefined : pathOf(file, option, settled.value)];
    }),
  ) as Settings;
  const { deviceKey, pkcs11Module } = settings;
  if (deviceKey !== undefined && deviceKey !== 'file' && pkcs11Module === '') {
    const what = 'is missing, and deviceKey is in a token';
    problems.push({ key: 'pkcs11Module', what, hint: options.pkcs11Module.describe });
  }
  if (problems.length > 0) throw configError(file, problems);
  return settings;
}

interface Problem {
  readonly key: string;
  readonly what: string;
  readonly hint: string;
}

function unknownOption(key: string, place: string, known: readonly string[]): Problem {
  const meant = closestWord(key, known);
  const guess = meant === undefined ? '' : ` (did you mean "${meant}"?)`;
  return { key, what: `no such option${guess}, at ${place}`, hint: `known: ${known.join(', ')}` };
}

/** The value to use, or the fault of the given one. `where`: the end of the message. */
function settleOption(
  option: Option,
  value: unknown,
  where: string,
): { value: unknown } | { what: string; hint: string } {
  if (value === undefined) return { what: 'is missing', hint: option.describe };
  const expected = expectedOf(option, value);
  if (expected === undefined) return { value };
  const shown = (JSON.stringify(value) ?? '').slice(0, 100);
  return { what: `is ${shown}, expected ${expected}${where}`, hint: option.describe };
}

const pathOf = (file: string, option: Option, value: unknown): unknown =>
  option.isPath && value !== '' ? resolve(dirname(file), value as string) : value;

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PilotfishError('config-unreadable', `${file} cannot be read (${codeOf(cause)})`, {
      hint: 'the agent needs a configuration file: docs/firmware-engineer.md shows one',
    });
  }
}

/** The members of the file by name; one with null counts as absent. */
function parseMembers(file: string, text: string): Map<string, JsonMember> {
  const read = readJsonObject(text);
  if (read.ok) return new Map(read.members.map((member) => [member.key, member]));
  throw new PilotfishError('config-invalid', `${file} is not a JSON object: ${read.problem}`);
}

/** The first fault, and below it all others. */
function configError(file: string, problems: readonly Problem[]): PilotfishError {
  const [{ key, what, hint } = { key: '', what: '', hint: '' }, ...more] = problems;
  const others = more.map((other) => `${other.key}: ${other.what}`);
  return new PilotfishError('config-invalid', `${key} in ${file}: ${what}`, {
    hint: [hint, ...others].join('\n  '),
  });
}
