import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { usage } from '../../base/cli.ts';
import type { CliIo } from '../../base/command.ts';
import { checkOutput, checkOutputFolder, type OutputTarget } from '../../base/output-file.ts';
import { isRobotId } from '../../protocol/topics.ts';
import type { Ca } from '../ca.ts';
import type { KeyOptions } from '../ca-key.ts';

/** Options that several of the station's commands share, and their checks. */

export const dir = {
  type: 'string',
  value: 'DIR',
  required: true,
  describe: "the station's folder: the CA and its journal",
} as const;

/** The CA's key in a PKCS#11 token. */
export const tokenOptions = {
  'pkcs11-module': {
    type: 'string',
    value: 'FILE',
    describe: "the HSM vendor's PKCS#11 library; init remembers it",
  },
  'token-label': { type: 'string', value: 'LABEL', describe: 'the token; init remembers it' },
  'pin-file': {
    type: 'string',
    value: 'FILE',
    describe: "the token's PIN in one line; mode 0600; needed whenever the key is in a token",
  },
  'key-label': {
    type: 'string',
    value: 'LABEL',
    describe: 'the key in the token (init: pilotfish-ca if not given); init remembers it',
  },
} as const;

type Given = { readonly [K in keyof typeof tokenOptions]: string | undefined };

export const keyOptions = (given: Given): KeyOptions => ({
  module: given['pkcs11-module'],
  tokenLabel: given['token-label'],
  pinFile: given['pin-file'],
  keyLabel: given['key-label'],
});

export const serial = {
  type: 'string',
  value: 'SERIAL',
  required: true,
  describe: "the robot's serial, as the line knows it",
} as const;

export function checkSerial(value: string): void {
  if (isRobotId(value)) return;
  const shown = JSON.stringify(value.slice(0, 80));
  throw usage(`--serial is ${shown}, expected 1 to 64 of A-Z a-z 0-9 : _ -`);
}

const ownNames = [
  ...['', 'ca.crt', 'ca.json', 'private'],
  ...['journal', 'quarantine', 'revoked', 'crls', 'line'],
];

/**
 * A mistyped path must not overwrite the CA's key or the journal, which cannot be restored. Links are followed: the
 * station's folder often has a second name. Throws `usage`, and as `checkOutput` does.
 */
export async function checkOut(
  { dir: folder, out }: { dir: string; out: string },
  inputs: Readonly<Record<string, string>> = {},
): Promise<OutputTarget> {
  await refuseOwn(folder, out);
  return checkOutput('--out', out, inputs);
}

/** The same check for a folder. */
export async function checkOutFolder(folder: string, out: string): Promise<void> {
  await refuseOwn(folder, out);
  await checkOutputFolder('--out', out);
}

async function refuseOwn(folder: string, out: string): Promise<void> {
  const [first = ''] = relative(await realPlace(folder), await realPlace(out)).split(sep);
  if (!ownNames.includes(first)) return;
  throw usage(`--out ${out} is one of the station's own files, expected a place outside ${folder}`);
}

/** The real path, even when its last part does not exist yet. */
async function realPlace(path: string): Promise<string> {
  const whole = resolve(path);
  try {
    return await realpath(whole);
  } catch {
    return dirname(whole) === whole
      ? whole
      : join(await realPlace(dirname(whole)), basename(whole));
  }
}

export function warnOfSoftware({ signer }: Ca, io: Pick<CliIo, 'err'>): void {
  if (!signer.isSoftware) return;
  io.err(`WARNING: SOFTWARE CA. The CA's private key is a plain file: ${signer.place}`);
  io.err('         Whoever copies it can make robots. Use this for trying things out only.');
}
