import type { BigIntStats } from 'node:fs';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { codeOf, PilotfishError } from '../../base/errors.ts';

/** The engine keeps a PIN in a buffer of this size (libp11, MAX_PIN_LENGTH). */
const pinBytesMax = 32;

/**
 * Checks the file with the token's PIN, which the engine reads by itself: our own, private, and a PIN in one piece.
 * Returns a stamp that changes when the file does. Throws `token-pin-file` and `key-permissions`; no message contains
 * any of its content.
 */
export async function checkPinFile(path: string): Promise<string> {
  let file: FileHandle;
  try {
    // Does not block on a pipe.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    throw unusable(path, code === 'ENOENT' ? 'there is no such file' : code);
  }
  try {
    const stat = await file.stat({ bigint: true });
    checkOwner(path, stat);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(pinBytesMax + 2));
    checkPin(path, buffer.subarray(0, bytesRead));
    return [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(':');
  } finally {
    await file.close();
  }
}

function checkOwner(path: string, stat: BigIntStats): void {
  if (!stat.isFile()) throw unusable(path, 'it is not a file');
  const mode = Number(stat.mode & 0o777n);
  if ((mode & 0o077) !== 0) {
    const shown = mode.toString(8).padStart(4, '0');
    throw new PilotfishError('key-permissions', `${path}: mode is ${shown}, expected 0600`, {
      hint: `if nobody else has read the PIN: chmod 0600 ${path}`,
    });
  }
  const user = process.geteuid?.();
  if (user === undefined || stat.uid === BigInt(user)) return;
  throw new PilotfishError(
    'key-permissions',
    `${path}: it belongs to user ${stat.uid}, expected user ${user}, who runs this`,
  );
}

function checkPin(path: string, pin: Buffer): void {
  // Without a PIN here the engine would prompt on the terminal.
  if (pin.length === 0) throw unusable(path, 'it is empty');
  if (/[\r\n]$/.test(pin.toString('latin1'))) {
    throw unusable(path, 'it ends with a newline, which would be part of the PIN', {
      hint: `write it without: printf %s "$PIN" > ${path}`,
    });
  }
  if (pin.length > pinBytesMax) throw unusable(path, `it is longer than ${pinBytesMax} bytes`);
  if (pin.includes(0)) throw unusable(path, 'a zero byte stands in it');
}

const unusable = (path: string, why: string, options: { hint?: string } = {}): PilotfishError =>
  new PilotfishError('token-pin-file', `${path}: the token's PIN cannot be read, ${why}`, options);
