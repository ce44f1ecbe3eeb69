import { closeSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { codeOf } from './errors.ts';

/**
 * Small files for the next process, written at once, because the one that writes may be dying, and without a flush: a power
 * cut may lose or tear them, and is to make them worthless anyway. Each call throws what the file system throws.
 */
export interface TransientFiles {
  /** At most `transientBytesMax` of the file's text; undefined when there is no such file. */
  read(path: string): string | undefined;
  /** Another process sees the old text or the new one. For its owner alone. */
  replace(path: string, text: string): void;
  /** Nothing there is no fault. */
  remove(path: string): void;
}

export const transientBytesMax = 16 * 1024;

/** The machine's own. */
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
