import { join } from 'node:path';
import { PilotfishError } from '../../base/errors.ts';
import { type Files, isTemporary } from '../../base/files.ts';
import { readTextFile } from '../../base/x509/certificate-file.ts';
import type { Firmware, Http } from '../ports.ts';
import { judge, readTrustedKeys, type TrustedKey } from './trust.ts';

export interface FirmwareParts {
  /** The maker's. */
  readonly keys: readonly TrustedKey[];
  readonly floorsFolder: string;
  /** Of the image that runs: a floor that cannot be lost. */
  readonly ownCounter: number;
  readonly files: Files;
  readonly http: Http;
}

/**
 * Trust in images: the maker's public keys and the floor of the security counter. The floor lies apart from the store,
 * so that a store that is lost does not let an old image in; the running image's own counter is a floor, too. `check`
 * rejects with `floor-unreadable`.
 */
export async function createFirmware(parts: FirmwareParts): Promise<Firmware> {
  const { keys, floorsFolder, ownCounter, files, http } = parts;
  const file = join(floorsFolder, 'security-counter');
  // What a killed writer has left; that it cannot be removed harms nobody.
  await files.sweep(floorsFolder, isTemporary).catch(() => {});
  const fileFloor = async () => readFloor(file, await files.readText(file));
  const floor = async () => Math.max(ownCounter, await fileFloor());
  return {
    check: async (manifest, hardwareId, nowMs) =>
      judge(manifest, { keys, hardwareId, floor: await floor(), nowMs }),
    fetch: (url, length, signal) => http.get(url, length, signal),
    async raiseFloor(counter) {
      // A floor that cannot be read lets nothing in; the image that runs is a floor again.
      if (counter <= (await fileFloor().catch(() => -1))) return;
      await files.makeFolder(floorsFolder, 0o700);
      await files.writeDurable(file, `${counter}\n`);
    },
  };
}

/**
 * The maker's public keys (PEM); '': none. Throws `config-firmware-keys`: keys that were meant and are not there would
 * silently be a robot without updates.
 */
export async function readFirmwareKeys(file: string): Promise<TrustedKey[]> {
  if (file === '') return [];
  const fail = (problem: string, cause?: unknown) =>
    new PilotfishError('config-firmware-keys', `firmwareKeys: ${file} ${problem}`, { cause });
  const read = await readTextFile(file);
  if (!read.ok) throw fail(read.problem);
  try {
    const keys = readTrustedKeys(read.text);
    if (keys.length > 0) return keys;
  } catch (cause) {
    throw fail('cannot be read', cause);
  }
  throw fail('holds no public key');
}

/** No file: nothing was ever confirmed here. Anything but a number in it must not pass for that. */
function readFloor(file: string, text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,16}\s*$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new PilotfishError('floor-unreadable', `${file} holds no security counter`);
  }
  return Number(text);
}
