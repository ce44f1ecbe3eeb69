import type { Stats } from 'node:fs';
import { chmod, chown, lstat, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf, PilotfishError } from './errors.ts';
import { writeFileDurable } from './files.ts';

/** The output file of a command: the path of `--out`, which the user has typed. */

export interface OutputTarget {
  /** The option as it was typed, for messages: `--out chain.pem`. */
  readonly option: string;
  /** The file's real path, with links followed. */
  readonly path: string;
  /** The existing file that will be replaced. */
  readonly old: { readonly mode: number; readonly uid: number; readonly gid: number } | undefined;
}

/** For certificates and lists, which everybody may read, unless the replaced file was more private. */
export const publicMode = 0o644;

/**
 * Checks a path before any work is done for it. Only a regular file is replaced, or created where there is none; a link
 * is followed to its target. Throws `out-unwritable` for a device, pipe, socket or folder, which must not become a
 * file, and for a missing folder; `usage` for a path that is also one of `inputs`.
 */
export async function checkOutput(
  option: string,
  path: string,
  inputs: Readonly<Record<string, string | undefined>> = {},
): Promise<OutputTarget> {
  const shown = `${option} ${path}`;
  const old = await readAt(shown, path);
  if (old === undefined) return { option: shown, path: await newPlace(shown, path), old };
  if (!old.isFile()) {
    throw outputError(`${shown} is ${kindOf(old)}, expected a file, or a name where nothing is`);
  }
  for (const [input, inputPath] of Object.entries(inputs)) {
    const other = inputPath && (await stat(inputPath).catch(() => undefined));
    if (other && other.ino === old.ino && other.dev === old.dev) {
      const message = `${shown} is the same file as ${input} ${inputPath}, which would be lost`;
      throw new PilotfishError('usage', message);
    }
  }
  return { option: shown, path: await realpath(path), old };
}

/** Checks a folder that a command fills, and creates if missing. Throws `out-unwritable`. */
export async function checkOutputFolder(option: string, path: string): Promise<void> {
  const shown = `${option} ${path}`;
  const found = await readAt(shown, path);
  if (found === undefined) await newPlace(shown, path, 'folder');
  else if (!found.isDirectory())
    throw outputError(`${shown} is ${kindOf(found)}, expected a folder`);
}

/**
 * Replaces the target durably and in one step. Its mode stays, and so does its owner, as far as the system allows;
 * `mode` is that of a new file. Throws `out-unwritable`.
 */
export async function writeOutput(
  { option, path, old }: OutputTarget,
  data: string | Uint8Array,
  mode = publicMode,
): Promise<void> {
  try {
    await writeFileDurable(path, data, old === undefined ? mode : old.mode & 0o777);
    if (old !== undefined) await keepOwner(path, old);
  } catch (error) {
    throw unwritableError(option, error);
  }
}

async function keepOwner(path: string, old: NonNullable<OutputTarget['old']>): Promise<void> {
  const now = await stat(path);
  if (now.uid !== old.uid || now.gid !== old.gid) {
    // Only root can change the owner; for other users the new file is their own, as with an editor.
    await chown(path, old.uid, old.gid).catch(() => {});
  }
  if ((now.mode & 0o777) !== (old.mode & 0o777)) await chmod(path, old.mode & 0o777);
}

/** The existing entry, links followed; undefined when there is none. */
async function readAt(shown: string, path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unwritableError(shown, error);
  }
}

/** The path of a new file: its folder exists, and the name is not a dangling link. */
async function newPlace(shown: string, path: string, what = 'file'): Promise<string> {
  if (await lstat(path).catch(() => undefined)) {
    throw outputError(
      `${shown} is a link to nothing, expected a ${what}, or a name where nothing is`,
    );
  }
  const folder = dirname(resolve(path));
  if (what === 'folder') return resolve(path);
  const isThere = (await stat(folder).catch(() => undefined))?.isDirectory();
  if (!isThere)
    throw outputError(`${shown}: there is no folder ${folder}`, `mkdir -p ${folder} makes it`);
  return join(await realpath(folder), basename(resolve(path)));
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  if (found.isSocket()) return 'a socket';
  if (found.isFile()) return 'a file';
  return 'a device';
}

const outputError = (message: string, hint?: string) =>
  new PilotfishError('out-unwritable', message, hint === undefined ? {} : { hint });

const unwritableError = (shown: string, error: unknown) =>
  new PilotfishError('out-unwritable', `${shown} cannot be written (${codeOf(error)})`, {
    cause: error,
  });
