import { closeSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { codeOf } from './errors.ts';

/**
 * Small files for the next process. They are written at once, because the writer may be dying, and without a flush: a
 * power cut may lose or tear them, and must make them invalid anyway. Each call throws the file system's error.
 */
export interface TransientFiles {
  /** At most `transientBytesMax` of the file's text; undefined when there is no such file. */
  read(path: string): string | undefined;
  /** Another process sees the old text or the new one. Readable by its owner only. */
  replace(path: string, text: string): void;
  /** A missing file is no error. */
  remove(path: string): void;
}

export const transientBytesMax = 16 * 1024;

/** Transient files on the machine's own file system. */
export const nodeTransientFiles: TransientFiles = {
  read(path) {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
    try {
      const bytes = Buffer.alloc(transientBytesMax);
      return bytes.toString('utf8', 0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  },
  replace(path, text) {
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  },
  remove: (path) => rmSync(path, { force: true }),
};
