import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PilotfishError } from '../../base/errors.ts';
import { writeFileDurable } from '../../base/files.ts';
import { algorithmFor, signWith } from '../../base/x509/algorithms.ts';
import { createKeyFile, readKeyFile } from '../../base/x509/key-file.ts';
import type { DeviceKey } from '../device-key.ts';

/** The device key of boards without a secure element: a PEM file that only the agent's user can read. */

/**
 * Opens the key in `path`: P-256 or RSA of at least 2048 bits.
 * Throws `key-missing`, `key-permissions` (mode not 0600, or another owner) and `key-unreadable`.
 */
export async function openFileKey(path: string): Promise<DeviceKey> {
  return deviceKey(path, await readKeyFile(path));
}

/** Makes a new key in `path` (mode 0600), durably. Throws `key-exists` when there is a file already. */
export async function createFileKey(
  path: string,
  kind: 'ec-p256' | 'rsa-2048',
): Promise<DeviceKey> {
  return deviceKey(path, await createKeyFile(path, kind));
}

/** Keys in files, one in the folder of each credentials: `key.pem`. */
export function fileKeys(kind: 'ec-p256' | 'rsa-2048') {
  const fileIn = (folder: string) => join(folder, 'key.pem');
  return {
    create: (folder: string) => createFileKey(fileIn(folder), kind),
    open: (folder: string) => openFileKey(fileIn(folder)),
    async copy(from: string, to: string): Promise<void> {
      await writeFileDurable(fileIn(to), await readFile(fileIn(from)), 0o600);
    },
  };
}

function deviceKey(path: string, privateKey: KeyObject): DeviceKey {
  const algorithm = algorithmFor(privateKey);
  if (algorithm !== 'ecdsa-sha256' && algorithm !== 'rsa-sha256') {
    throw new PilotfishError('key-unreadable', `${path}: device keys are P-256 or RSA`);
  }
  return {
    publicKey: createPublicKey(privateKey),
    async sign(data, signal) {
      signal.throwIfAborted();
      return signWith(privateKey, { algorithm, tbs: data });
    },
    tls: () => ({ key: privateKey.export({ type: 'pkcs8', format: 'pem' }) }),
  };
}
