import { createReadStream } from 'node:fs';
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './errors.ts';

/**
 * A file system, in steps between which a process can end and the power can go. Each rejects with the file system's own
 * codes (`ENOENT`, `EEXIST`, `ENOSPC`...). A change is durable only where stated.
 */
export interface FileSystem {
  read(path: string): Promise<Uint8Array>;
  /** The file's bytes, in chunks. */
  stream(path: string): AsyncIterable<Uint8Array>;
  size(path: string): Promise<number>;
  /** The names in a folder, in no particular order. */
  list(folder: string): Promise<string[]>;
  /** The target of a symbolic link: `EINVAL` when it is no link. */
  readLink(path: string): Promise<string>;
  /** Makes a new file. Its bytes are durable, its name is not. */
  create(path: string, data: string | Uint8Array, mode: number): Promise<void>;
  /** Makes a new symbolic link. */
  createLink(path: string, target: string): Promise<void>;
  /** Gives a file a second name; `EEXIST` when the name is taken. */
  addName(path: string, newPath: string): Promise<void>;
  /** Changes a name, in one step, and replaces the file that had it. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or a symbolic link. A missing one is no error. */
  remove(path: string): Promise<void>;
  /** Removes a folder and all in it. A missing one is no error. */
  removeFolder(path: string): Promise<void>;
  /** Makes a folder and its parents, durably; existing ones stay as they are. */
  makeFolder(folder: string, mode: number): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(folder: string): Promise<void>;
}

/** The machine's own file system. */
export const nodeFileSystem: FileSystem = {
  read: (path) => readFile(path),
  // Opened on the first read: a transfer that is rejected earlier leaves no file open.
  async *stream(path) {
    yield* createReadStream(path);
  },
  size: async (path) => (await stat(path)).size,
  list: (folder) => readdir(folder),
  readLink: (path) => readlink(path),
  async create(path, data, mode) {
    await withFile(path, 'wx', mode, async (file) => {
      await file.writeFile(data);
      await file.sync();
    });
  },
  createLink: (path, target) => symlink(target, path),
  addName: (path, newPath) => link(path, newPath),
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  removeFolder: (path) => rm(path, { recursive: true, force: true }),
  makeFolder,
  syncFolder,
};

async function makeFolder(folder: string, mode: number): Promise<void> {
  const isNew = await makeFolderNow(folder, mode);
  // Otherwise a power cut removes the folder, and all durable files in it. A folder just made by another process must
  // also be durable before use.
  await syncFolder(dirname(folder)).catch((error: unknown) => {
    // A service may make folders in one that it cannot read.
    if (isNew && codeOf(error) !== 'EACCES') throw error;
  });
}

/** Returns whether this call made it. */
async function makeFolderNow(folder: string, mode: number): Promise<boolean> {
  // Not mkdir's own `recursive`: where nothing can be made (/proc) it loops forever and cannot be interrupted.
  try {
    await mkdir(folder, mode);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) {
      await unlessThere(folder)(error);
      return false;
    }
    await makeFolder(dirname(folder), mode);
    await mkdir(folder, mode).catch(unlessThere(folder));
    return true;
  }
}

/** A folder that another process has just made is fine. */
const unlessThere = (folder: string) => async (error: unknown) => {
  if (codeOf(error) !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error;
};

function syncFolder(folder: string): Promise<void> {
  return withFile(folder, 'r', 0, (handle) => handle.sync());
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
