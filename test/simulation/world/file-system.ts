import { posix } from 'node:path';
import { PilotfishError } from '../../../base/errors.ts';
import { createFiles, type Files } from '../../../base/files.ts';
import type { TransientFiles } from '../../../base/transient-files.ts';
import type { WorldFiles } from './files.ts';

/**
 * Makes one change to the files. `what` is its name, before and after which an end may fall. `takesRoom` says whether a
 * full medium rejects it.
 */
export type Step = (what: string, change: () => void, takesRoom?: boolean) => Promise<void>;

/** The prefix of the names of steps that change the credentials. */
export const credentialsStep = 'credentials: ';

const doNow: Step = async (_what, change) => change();

/** The agent's files on the world's medium. Each change takes one or more steps. */
export function worldFiles(medium: WorldFiles, step: Step = doNow): Files {
  const read = async (path: string): Promise<Uint8Array> => {
    const bytes = medium.read(path);
    if (bytes !== undefined) return bytes;
    const code = medium.kindOf(path) === 'folder' ? 'EISDIR' : 'ENOENT';
    throw new PilotfishError(code, `${code}: ${path}`);
  };
  const removeFolder = async (path: string): Promise<void> => {
    const kind = medium.kindOf(path);
    if (kind === undefined) return;
    if (kind === 'folder') {
      for (const name of medium.list(path)) await removeFolder(posix.join(path, name));
    }
    await step('remove file', () => medium.remove(path));
  };
  const makeFolder = async (folder: string): Promise<void> => {
    const above = posix.dirname(folder);
    if (medium.kindOf(above) === undefined) await makeFolder(above);
    const isNew = medium.kindOf(folder) === undefined;
    await step('make folder', () => medium.makeFolder(folder), isNew);
    await step('sync folder', () => medium.syncFolder(above));
  };
  return createFiles(
    {
      read,
      async *stream(path) {
        yield await read(path);
      },
      size: async (path) => (await read(path)).byteLength,
      list: async (folder) => medium.list(folder),
      readLink: async (path) => medium.readLink(path),
      async create(path, data) {
        const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
        const write = () => {
          if (medium.kindOf(path) === undefined) return medium.write(path, bytes);
          throw new PilotfishError('EEXIST', `EEXIST: ${path}`);
        };
        await step('write file', write, true);
        await step('sync file', () => medium.sync(path));
      },
      createLink: (path, target) => step('make link', () => medium.makeLink(path, target), true),
      addName: (path, newPath) => step('add name', () => medium.addName(path, newPath), true),
      rename: (from, to) => step('rename file', () => medium.rename(from, to)),
      remove: (path) =>
        step('remove file', () => {
          if (medium.kindOf(path) === 'folder') {
            throw new PilotfishError('ERR_FS_EISDIR', `ERR_FS_EISDIR: ${path}`);
          }
          medium.remove(path);
        }),
      removeFolder,
      makeFolder,
      syncFolder: (folder) => step('sync folder', () => medium.syncFolder(folder)),
    },
    () => medium.writes.toString(16).padStart(12, '0'),
  );
}

/** A folder in memory; its contents are lost with the power. */
export function worldTransientFiles(texts: Map<string, string>): TransientFiles {
  return {
    read: (path) => texts.get(path),
    replace: (path, text) => void texts.set(path, text),
    remove: (path) => void texts.delete(path),
  };
}
