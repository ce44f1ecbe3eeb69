import type { KeyObject } from 'node:crypto';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { codeOf, PilotfishError } from '../errors.ts';
import { createFileDurable } from '../files.ts';
import { readPrivateKey } from './certificate-file.ts';
import { generateKeys, keyKindOf, type NewKeyKind } from './keys.ts';

/** Private keys in PEM files that only their owner can read. Nothing here loads the DER codec. */

export type KeyFileError = PilotfishError<'key-missing' | 'key-permissions' | 'key-unreadable'>;

const bytesMax = 16 * 1024;

/**
 * Reads a private key: P-256, P-384 or RSA of at least 2048 bits, as PEM without passphrase.
 *
 * Throws `key-missing`, `key-permissions` (others may read or write it, or it belongs to another user) and
 * `key-unreadable`. No message holds any of the file's content.
 */
export async function readKeyFile(path: string): Promise<KeyObject> {
  const pem = await readPrivateFile(path);
  const key = readPrivateKey(pem.toString('latin1'));
  if (key === undefined) {
    throw unreadableError(path, 'it is not one private key in PEM without passphrase');
  }
  if (keyKindOf(key) === undefined) {
    throw unreadableError(path, 'the key is not P-256, P-384 or RSA of at least 2048 bits');
  }
  return key;
}

/** Makes a new key in a file of mode 0600, durably. Throws `key-exists`: an existing key is never replaced. */
export async function createKeyFile(path: string, kind: NewKeyKind): Promise<KeyObject> {
  const { privateKey } = await generateKeys(kind);
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  if (!(await createFileDurable(path, pem, 0o600))) {
    throw new PilotfishError('key-exists', `${path}: the file already exists and is not replaced`);
  }
  return privateKey;
}

/**
 * Reads a private file of at most 16 KB. Throws `key-missing`, `key-permissions` and `key-unreadable`; these codes also
 * apply when the file does not hold a key.
 */
export async function readPrivateFile(path: string): Promise<Buffer> {
  let file: FileHandle;
  try {
    // Does not block on a pipe.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT')
      throw new PilotfishError('key-missing', `${path}: there is no such file`);
    throw unreadableError(path, code);
  }
  try {
    await checkOwner(path, file);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytesMax), 0, bytesMax, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Checks the open file, not the path: the path may name another file a moment later. */
async function checkOwner(path: string, file: FileHandle): Promise<void> {
  const stat = await file.stat();
  if (!stat.isFile()) throw unreadableError(path, 'it is not a file');
  const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
  const user = process.geteuid?.();
  if ((stat.mode & 0o077) !== 0) {
    throw new PilotfishError('key-permissions', `${path}: mode is ${mode}, expected 0600`, {
      hint: `if nobody else has read it: chmod 0600 ${path}`,
    });
  }
  if (user !== undefined && stat.uid !== user) {
    throw new PilotfishError(
      'key-permissions',
      `${path}: it belongs to user ${stat.uid}, expected user ${user}, who runs this`,
    );
  }
}

const unreadableError = (path: string, why: string): PilotfishError =>
  new PilotfishError('key-unreadable', `${path}: it cannot be read, ${why}`);
