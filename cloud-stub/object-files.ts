import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { codeOf, PilotfishError } from '../base/errors.ts';
import { syncFolder } from '../base/files.ts';
import type { Entropy } from './core/unit.ts';

/** The object store's bytes: one file per key under `folder`, replaced in one durable step. */
export interface ObjectFiles {
  /**
   * Takes a body of exactly `size` bytes and calls `check` with its digests before it becomes the object; `also` gets
   * its bytes, too. Throws `incomplete-body`, whatever `check` throws, or what the file system throws; then the older
   * object stays.
   */
  put(key: string, body: Readable, options: PutOptions): Promise<Digests>;
  /** The object's file, to be closed by the caller; undefined when there is none. */
  open(key: string): Promise<FileHandle | undefined>;
}

export interface PutOptions {
  readonly size: number;
  readonly also?: { update(chunk: Uint8Array): void } | undefined;
  check(digests: Digests): void;
}

export interface Digests {
  /** Hex. */
  readonly sha256: string;
  readonly md5: string;
}

/** Keys are paths of plain names. A name that could leave the folder or collide with a temporary file is not a key. */
export const isObjectKey = (key: string): boolean =>
  key.length <= 512 &&
  /^[A-Za-z0-9:_-][A-Za-z0-9:._-]*(\/[A-Za-z0-9:_-][A-Za-z0-9:._-]*)*$/.test(key);

export function openObjectFiles(folder: string, entropy: Entropy): ObjectFiles {
  const incoming = join(folder, '.incoming');

  return {
    async put(key, body, options) {
      const path = join(folder, key);
      await mkdir(incoming, { recursive: true, mode: 0o700 });
      const temporary = join(incoming, entropy(12));
      try {
        const digests = await writeBody(temporary, body, options);
        options.check(digests);
        await makeFolders(folder, dirname(path));
        await rename(temporary, path);
        await syncFolder(dirname(path));
        return digests;
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    async open(key) {
      try {
        return await open(join(folder, key), 'r');
      } catch (error) {
        if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined;
        throw error;
      }
    },
  };
}

async function writeBody(
  path: string,
  body: Readable,
  { size, also }: PutOptions,
): Promise<Digests> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  const file = await open(path, 'wx', 0o600);
  try {
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength;
      sha256.update(chunk);
      md5.update(chunk);
      also?.update(chunk);
      await file.write(chunk);
    }
    if (bytes !== size) {
      throw new PilotfishError('incomplete-body', `${bytes} bytes came of ${size}`);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: sha256.digest('hex'), md5: md5.digest('hex') };
}

/** Makes `path` below `root`, each new folder durable in its parent. */
async function makeFolders(root: string, path: string): Promise<void> {
  if (path === root) return;
  await makeFolders(root, dirname(path));
  try {
    await mkdir(path, { mode: 0o700 });
    await syncFolder(dirname(path));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}
