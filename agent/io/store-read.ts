import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredValue } from '../kernel/ports.ts';
import { readRows } from './store.ts';

/**
 * Reads a store that cannot be opened for writing, such as one on a medium that is read-only now. Changes nothing.
 * Without a log beside it the file is read in place. With a log SQLite would need to write, so both are read as copies
 * in the folder for temporary files. Throws the errors of the file system or SQLite.
 */
export function readStore(path: string): readonly StoredValue[] {
  const log = `${path}-wal`;
  if (!existsSync(log) || statSync(log).size === 0) return readRows(path, { isImmutable: true });
  const folder = mkdtempSync(join(tmpdir(), 'pilotfish-'));
  try {
    const copy = join(folder, 'store.db');
    copyFileSync(path, copy);
    copyFileSync(log, `${copy}-wal`);
    return readRows(copy, { isImmutable: false });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
