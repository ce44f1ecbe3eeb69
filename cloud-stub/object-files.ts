import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, PilotfishError } from '../base/errors.ts';
import { makeFolder, syncFolder } from '../base/files.ts';
import type { Entropy } from './core/unit.ts';
import { fileNameFor, isFileName } from './object-keys.ts';

/** The object store's bytes: one file for each upload under `folder`. A row says which file is whose. */
export interface ObjectFiles {
  /**
   * Takes a body of exactly `size` bytes and calls `check` with its digests before it becomes a durable file; `also` gets
   * its bytes, too. Throws `incomplete-body`, whatever `check` throws, or what the file system throws; then no file is
   * left. `key` is for the eyes of people.
   */
  put(key: string, body: AsyncIterable<Uint8Array>, options: PutOptions): Promise<PutFile>;
  /** To be closed by the caller; undefined when there is no such file. */
  open(file: string): Promise<FileHandle | undefined>;
  /** Whoever reads it now may read it to its end. */
  remove(file: string): Promise<void>;
  /**
   * Puts aside the files that are not `named`; returns how many. A process ended before its row was stored, or after one
   * was removed. Or the database is another one: then people may need the bytes, so none are deleted.
   */
  putAside(named: ReadonlySet<string>): Promise<number>;
  /** Removes the parts that are unwanted: nobody can use them. Returns how many. */
  sweepParts(isUnwanted: (file: string) => boolean): Promise<number>;
}

export interface PutOptions {
  readonly size: number;
  readonly also?: { update(chunk: Uint8Array): void } | undefined;
  check(digests: Digests): void;
  /** A part of an object that is not complete yet: it is kept apart from the objects. */
  readonly isPart?: true;
}

export interface Digests {
  /** Hex. */
  readonly sha256: string;
  readonly md5: string;
}

export interface PutFile extends Digests {
  readonly file: string;
}

/** Within the folder of objects. */
const partsFolder = '.parts';

export function openObjectFiles(folder: string, entropy: Entropy): ObjectFiles {
  const incoming = join(folder, '.incoming');
  const lost = join(folder, '.lost');

  return {
    async put(key, body, options) {
      const name = fileNameFor(key, entropy(12));
      const file = options.isPart ? join(partsFolder, name) : name;
      await mkdir(incoming, { recursive: true, mode: 0o700 });
      if (options.isPart) await makeFolder(join(folder, partsFolder));
      const temporary = join(incoming, name);
      try {
        const digests = await writeBody(temporary, body, options);
        options.check(digests);
        await rename(temporary, join(folder, file));
        await syncFolder(dirname(join(folder, file)));
        return { file, ...digests };
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    async open(file) {
      try {
        return await open(join(folder, file), 'r');
      } catch (error) {
        if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined;
        throw error;
      }
    },
    remove: (file) => rm(join(folder, file), { force: true }),
    async putAside(named) {
      const orphans = (await readdir(folder)).filter(
        (file) => isFileName(file) && !named.has(file),
      );
      if (orphans.length > 0) await mkdir(lost, { recursive: true, mode: 0o700 });
      for (const file of orphans) await rename(join(folder, file), join(lost, file));
      return orphans.length;
    },
    async sweepParts(isUnwanted) {
      const all = await readdir(join(folder, partsFolder)).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return [];
        throw error;
      });
      const unwanted = all.map((name) => join(partsFolder, name)).filter(isUnwanted);
      for (const file of unwanted) await rm(join(folder, file), { force: true });
      return unwanted.length;
    },
  };
}

async function writeBody(
  path: string,
  body: AsyncIterable<Uint8Array>,
  { size, also }: PutOptions,
): Promise<Digests> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  const file = await open(path, 'wx', 0o600);
  try {
    let bytes = 0;
    for await (const chunk of body) {
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
