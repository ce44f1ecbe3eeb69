import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf, PilotfishError } from '../base/errors.ts';
import { type Key, type Option, options, type Settings } from './options.ts';

/**
 * Reads and checks the configuration file. Errors have codes that begin with `config` and name the option, what stands
 * there and what was expected.
 */
export async function readSettings(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Settings> {
  const given = parse(file, await readText(file));
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(options, key)) {
      throw wrong(file, key, 'no such option', `known: ${Object.keys(options).join(', ')}`);
    }
  }
  const entries = (Object.keys(options) as Key[]).map((key) => {
    const option: Option = options[key];
    const fromEnv = option.env === undefined ? undefined : env[option.env];
    return [key, settle(file, key, option, fromEnv ?? given[key])];
  });
  const settings = Object.fromEntries(entries) as Settings;
  if (settings.deviceKey !== 'file' && settings.pkcs11Module === '') {
    const { describe } = options.pkcs11Module;
    throw wrong(file, 'pkcs11Module', 'is missing, and deviceKey is in a token', describe);
  }
  return settings;
}

function settle(file: string, key: string, option: Option, given: unknown): unknown {
  const value = given ?? option.default;
  if (value === undefined) throw wrong(file, key, 'is missing', option.describe);
  const expected = problem(option, value);
  if (expected !== undefined) {
    throw wrong(file, key, `is ${JSON.stringify(value)}, expected ${expected}`, option.describe);
  }
  if (option.kind === 'path' && value !== '') return resolve(dirname(file), value as string);
  return value;
}

/** What was expected instead, when `value` is not what the option takes. */
function problem(option: Option, value: unknown): string | undefined {
  switch (option.kind) {
    case 'number':
      return isNumberFor(option, value)
        ? undefined
        : `a ${option.isWhole ? 'whole ' : ''}number from ${option.min} to ${option.max}`;
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'word':
      return option.words?.includes(value as string)
        ? undefined
        : `one of ${option.words?.join(', ')}`;
    case 'text':
    case 'path': {
      if (typeof value !== 'string') return 'a text';
      if (value === '' && option.default !== '') return 'a text that is not empty';
      if (option.pattern === undefined || option.pattern.test(value)) return undefined;
      return option.expected ?? 'another form';
    }
  }
}

function isNumberFor(option: Option, value: unknown): boolean {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, isWhole } = option;
  if (typeof value !== 'number' || value < min || value > max) return false;
  return !isWhole || Number.isInteger(value);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PilotfishError('config-unreadable', `${file} cannot be read (${codeOf(cause)})`, {
      hint: 'the agent needs a configuration file: docs/firmware-engineer.md shows one',
    });
  }
}

function parse(file: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Told below, in the same words for whatever is wrong with it.
  }
  throw new PilotfishError('config-invalid', `${file} is not a JSON object`);
}

const wrong = (file: string, key: string, what: string, hint: string) =>
  new PilotfishError('config-invalid', `${key} in ${file}: ${what}`, { hint });
