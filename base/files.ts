import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { codeOf } from './errors.ts';
import { type FileSystem, nodeFileSystem } from './file-system.ts';

/**
 * Durable files. The rule, and why anything less loses data, is in `docs/decisions`: write a temporary file in the same
 * folder, fsync it, rename it, fsync the folder. A reader sees the old file or the new one, never a torn or empty one.
 * Every call rejects with the file system's error.
 */
export interface Files extends FileSystem {
  /** Replaces `path` by `data`, durably and in one step; readable by its owner only unless `mode` says otherwise. */
  writeDurable(path: string, data: string | Uint8Array, mode?: number): Promise<void>;
  /**
   * Makes `path` with `data` unless it exists, durably and in one step, also against other processes: true when this
   * call made it. A rename would replace another process's file; a second name does not.
   */
  createDurable(path: string, data: string | Uint8Array, mode?: number): Promise<boolean>;
  /** Makes the symbolic link `path` name `target`, durably and in one step. */
  pointDurable(path: string, target: string): Promise<void>;
  /** The file's text, or undefined when there is no such file. */
  readText(path: string): Promise<string | undefined>;
  /** Removes the files of `folder` that `isUnwanted` selects. A missing folder is no error. */
  sweep(folder: string, isUnwanted: (name: string) => boolean): Promise<void>;
}

const privateMode = 0o600;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Durable files on a file system. `nonce` gives 12 hex digits that no other process uses. */
export function createFiles(system: FileSystem, randomId: () => string): Files {
  /** Writes `data`, flushed, into a new file beside `path` and returns its name; on failure nothing is left. */
  const writeBeside = async (path: string, data: string | Uint8Array, mode: number) => {
    const temporary = join(dirname(path), temporaryOf(basename(path), randomId()));
    try {
      await system.create(temporary, data, mode);
    } catch (error) {
      await system.remove(temporary);
      throw error;
    }
    return temporary;
  };
  return {
    ...system,

    async writeDurable(path, data, mode = privateMode) {
      const temporary = await writeBeside(path, data, mode);
      try {
        await system.rename(temporary, path);
      } catch (error) {
        await system.remove(temporary);
        throw error;
      }
      await system.syncFolder(dirname(path));
    },

    async createDurable(path, data, mode = privateMode) {
      const temporary = await writeBeside(path, data, mode);
      let isNew = true;
      try {
        await system.addName(temporary, path);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
        isNew = false;
      } finally {
        await system.remove(temporary);
      }
      // A file just made by another process must also be durable before use.
      await system.syncFolder(dirname(path));
      return isNew;
    },

    async pointDurable(path, target) {
      const temporary = `${path}.new`;
      await system.remove(temporary);
      await system.createLink(temporary, target);
      await system.rename(temporary, path);
      await system.syncFolder(dirname(path));
    },

    async readText(path) {
      try {
        return utf8.decode(await system.read(path));
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },

    async sweep(folder, isUnwanted) {
      const names = await system.list(folder).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return [];
        throw error;
      });
      for (const name of names.filter(isUnwanted)) await system.remove(join(folder, name));
    },
  };
}

/** Durable files on the machine's own file system. */
export const nodeFiles: Files = createFiles(nodeFileSystem, () => randomBytes(6).toString('hex'));

export const {
  writeDurable: writeFileDurable,
  createDurable: createFileDurable,
  readText: readTextIfThere,
  syncFolder,
} = nodeFiles;

/**
 * Makes `folder` and its parents, durably, for its owner only unless `mode` says otherwise; existing ones stay as they
 * are.
 */
export const makeFolder = (folder: string, mode = 0o700): Promise<void> =>
  nodeFiles.makeFolder(folder, mode);

/** The name of the temporary file beside `name`; `nonce`: 12 hex digits. */
export const temporaryOf = (name: string, randomId: string): string => `.${name}.${randomId}.tmp`;

/** Whether it is such a name: a killed writer leaves one. */
export const isTemporary = (name: string): boolean => /^\..*\.[0-9a-f]{12}\.tmp$/.test(name);
