import { randomBytes } from 'node:crypto';
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from './errors.ts';

/**
 * Durable files. The rule (and why anything less loses data) is in `docs/decisions`: write a temporary file in the same
 * folder, fsync it, rename it, fsync the folder. A reader sees the old file or the new one, never a torn or empty one.
 */

/** Replaces `path` by `data`, durably and in one step; its owner's alone unless `mode` says otherwise. Throws what the file system throws. */
export async function writeFileDurable(
  path: string,
  data: string | Uint8Array,
  mode = 0o600,
): Promise<void> {
  const temporary = await writeBeside(path, data, mode);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/**
 * Makes `path` with `data` unless it is there, durably and in one step, also against other processes: true when this
 * call made it. A rename would replace what another wrote; a link does not. Throws what the file system throws.
 */
export async function createFileDurable(
  path: string,
  data: string | Uint8Array,
  mode = 0o600,
): Promise<boolean> {
  const temporary = await writeBeside(path, data, mode);
  let isNew = true;
  try {
    await link(temporary, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    isNew = false;
  } finally {
    await rm(temporary, { force: true });
  }
  // Also what another process has just made is to be durable before anyone relies on it.
  await syncFolder(dirname(path));
  return isNew;
}

/** Makes renames and new names in `folder` durable. */
export async function syncFolder(folder: string): Promise<void> {
  await withFile(folder, 'r', 0, (handle) => handle.sync());
}

/** Makes `folder` and its parents; what is there already stays as it is. */
export async function makeFolder(folder: string, mode = 0o700): Promise<void> {
  // Not mkdir's own `recursive`: where nothing can be made (/proc) it tries for ever and cannot be interrupted.
  try {
    await mkdir(folder, mode);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && dirname(folder) !== folder) {
      await makeFolder(dirname(folder), mode);
      await mkdir(folder, mode).catch(unlessThere(folder));
    } else {
      await unlessThere(folder)(error);
    }
  }
}

/** What another has made in the meantime is as good. */
const unlessThere = (folder: string) => async (error: unknown) => {
  if (codeOf(error) !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error;
};

/** The file's text, or undefined when there is no such file; other failures are thrown. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The name beside `name` under which a file is written; `nonce`: 12 hex digits. */
export const temporaryOf = (name: string, nonce: string): string => `.${name}.${nonce}.tmp`;

/** Whether it is such a name: what a killed writer leaves. */
export const isTemporary = (name: string): boolean => /^\..*\.[0-9a-f]{12}\.tmp$/.test(name);

/**
 * Removes the files of `folder` that `isUnwanted` names. No such folder: nothing to do. Throws what the file system throws.
 */
export async function sweepFolder(
  folder: string,
  isUnwanted: (name: string) => boolean,
): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  for (const name of names.filter(isUnwanted)) await rm(join(folder, name), { force: true });
}

/** Writes `data`, flushed, into a new file beside `path` and answers its name; nothing is left when that fails. */
async function writeBeside(path: string, data: string | Uint8Array, mode: number): Promise<string> {
  const temporary = join(
    dirname(path),
    temporaryOf(basename(path), randomBytes(6).toString('hex')),
  );
  try {
    await withFile(temporary, 'wx', mode, async (file) => {
      await file.writeFile(data);
      await file.sync();
    });
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return temporary;
}

async function withFile<T>(
  path: string,
  flags: string,
  mode: number,
  use: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(path, flags, mode);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
