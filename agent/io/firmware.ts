import { join } from 'node:path';
import { PilotfishError } from '../../base/errors.ts';
import { type Files, isTemporary } from '../../base/files.ts';
import { readTextFile } from '../../base/x509/certificate-file.ts';
import type { Firmware, Http } from '../ports.ts';
import { checkManifest, readTrustedKeys, type TrustedKey } from './trust.ts';

export interface FirmwareParts {
  /** The maker's public keys. */
  readonly keys: readonly TrustedKey[];
  readonly floorsFolder: string;
  /** The counter of the running image: a floor that cannot be lost. */
  readonly ownCounter: number;
  readonly files: Files;
  readonly http: Http;
}

/**
 * Trust in images: the maker's public keys and the floor of the security counter. The floor is kept outside the store,
 * so that a lost store does not admit an old image; the running image's own counter is a floor, too. `check` rejects
 * with `floor-unreadable`.
 */
export async function createFirmware(parts: FirmwareParts): Promise<Firmware> {
  const { keys, floorsFolder, ownCounter, files, http } = parts;
  const file = join(floorsFolder, 'security-counter');
  // Remains of a killed writer; a failure to remove them is harmless.
  await files.sweep(floorsFolder, isTemporary).catch(() => {});
  const fileFloor = async () => readFloor(file, await files.readText(file));
  const floor = async () => Math.max(ownCounter, await fileFloor());
  return {
    check: async (manifest, hardwareId, nowMs) =>
      checkManifest(manifest, { keys, hardwareId, floor: await floor(), nowMs }),
    fetch: (url, length, signal) => http.get(url, length, signal),
    async raiseFloor(counter) {
      // An unreadable floor rejects every image; a confirmed image restores it.
      if (counter <= (await fileFloor().catch(() => -1))) return;
      await files.makeFolder(floorsFolder, 0o700);
      await files.writeDurable(file, `${counter}\n`);
    },
  };
}

/**
 * The maker's public keys (PEM); '': none. Throws `config-firmware-keys`: configured keys that are missing would
 * silently disable updates.
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

/** No file: no image was ever confirmed here. A file without a number must not be treated like that. */
function readFloor(file: string, text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,16}\s*$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new PilotfishError('floor-unreadable', `${file} holds no security counter`);
  }
  return Number(text);
}
