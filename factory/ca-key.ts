import { resolve } from 'node:path';
import { codeOf, PilotfishError } from '../base/errors.ts';
import { createFileDurable, readTextIfThere } from '../base/files.ts';
import { createKeyFile, readKeyFile } from '../base/x509/key-file.ts';
import { type CaSigner, softwareSigner } from './ca-signer.ts';
import { readPinFile } from './pin-file.ts';
import type { TokenKeyKind } from './token-keys.ts';
import { openTokenSigner, type TokenPlace } from './token-signer.ts';

/**
 * Where a CA's key is: in a file of the station's folder, or in a token that `ca.json` names. The PIN is in neither.
 */

/** The command line's options for the token; without them the record decides, or the key is in a file. */
export interface KeyOptions {
  readonly module?: string | undefined;
  readonly tokenLabel?: string | undefined;
  readonly keyLabel?: string | undefined;
  readonly pinFile?: string | undefined;
}

const keyLabelDefault = 'pilotfish-ca';

interface KeyPaths {
  readonly key: string;
  readonly record: string;
}

/** Opens the key of an existing CA. Throws as `readKeyFile`, `readPinFile` and `openTokenSigner` do, and `usage`. */
export async function openCaKey(paths: KeyPaths, options: KeyOptions): Promise<CaSigner> {
  const recorded = await readRecord(paths.record);
  if (recorded === undefined) {
    if (Object.values(options).some((given) => given !== undefined)) {
      throw new PilotfishError(
        'config-ca-key',
        `the key of this CA is in the file ${paths.key}, not in a token`,
        { hint: 'leave the --pkcs11 options out, or make a CA in a folder of its own' },
      );
    }
    return softwareSigner(await readKeyFile(paths.key), paths.key);
  }
  // Options may override the record: a library may have moved, or a token have another name. The CA's certificate
  // verifies the key.
  const place = {
    module: options.module ?? recorded.module,
    tokenLabel: options.tokenLabel ?? recorded.tokenLabel,
    keyLabel: options.keyLabel ?? recorded.keyLabel,
  };
  return openTokenSigner(place, await readPin(place, options));
}

/** Makes the CA's key, or uses the one that an earlier `init` has made. */
export async function makeCaKey(
  paths: KeyPaths,
  options: KeyOptions & { kind?: TokenKeyKind | undefined },
): Promise<CaSigner> {
  const recorded = await readRecord(paths.record);
  const place = placeOf(options) ?? recorded;
  if (place === undefined) return makeFileKey(paths.key, options.kind ?? 'ec-p256');
  if (recorded !== undefined && JSON.stringify(recorded) !== JSON.stringify(place)) {
    throw new PilotfishError(
      'config-ca-key',
      `an earlier init of this folder chose token "${recorded.tokenLabel}", key "${recorded.keyLabel}"`,
      { hint: 'give the same place again, or use another folder' },
    );
  }
  const pin = await readPin(place, options);
  const { kind } = options;
  const signer = await openTokenSigner(place, pin, { make: kind ?? 'ec-p256', kind });
  await createFileDurable(paths.record, `${JSON.stringify({ v: 1, ...place }, null, 2)}\n`);
  return signer;
}

async function makeFileKey(path: string, kind: TokenKeyKind): Promise<CaSigner> {
  try {
    await createKeyFile(path, kind);
  } catch (error) {
    if (codeOf(error) !== 'key-exists') throw error;
  }
  return softwareSigner(await readKeyFile(path), path);
}

function placeOf({ module, tokenLabel, keyLabel }: KeyOptions): TokenPlace | undefined {
  if (module === undefined && tokenLabel === undefined && keyLabel === undefined) return undefined;
  if (module === undefined || tokenLabel === undefined) {
    const missing = module === undefined ? '--pkcs11-module' : '--token-label';
    throw new PilotfishError('usage', `${missing} is missing: a token needs both`);
  }
  const isPath = module.includes('/');
  return {
    module: isPath ? resolve(module) : module,
    tokenLabel,
    keyLabel: keyLabel ?? keyLabelDefault,
  };
}

async function readPin(place: TokenPlace, { pinFile }: KeyOptions): Promise<string> {
  if (pinFile === undefined) {
    throw new PilotfishError(
      'usage',
      `--pin-file is missing: the key of this CA is in token "${place.tokenLabel}"`,
      { hint: 'a file of mode 0600 with the PIN in one line' },
    );
  }
  return readPinFile(pinFile);
}

/** Throws `config-ca-key` for a record that cannot be read. */
async function readRecord(path: string): Promise<TokenPlace | undefined> {
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as Record<string, unknown>;
    const { module, tokenLabel, keyLabel } = record;
    const isWhole = [module, tokenLabel, keyLabel].every((value) => typeof value === 'string');
    if (record.v === 1 && isWhole) return { module, tokenLabel, keyLabel } as TokenPlace;
  } catch {
    // Handled below, like a record of the wrong form.
  }
  throw new PilotfishError('config-ca-key', `${path}: this is not a record of the CA's key`, {
    hint: 'restore it from a copy; it names the PKCS#11 module, the token and the key',
  });
}
