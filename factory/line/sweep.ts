import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isTemporary } from '../../base/files.ts';

const hourMs = 60 * 60 * 1000;

/**
 * Removes the unfinished files that killed stations have left; returns how many. Recent ones stay: they may belong to
 * another station that is still working.
 */
export async function sweepUnfinished(folder: string, nowMs: number): Promise<number> {
  let removed = 0;
  for (const part of ['', 'journal', 'quarantine', 'revoked', 'crls', 'line', 'line/fixtures']) {
    const names = await readdir(join(folder, part)).catch(() => []);
    for (const name of names.filter(isTemporary)) {
      const path = join(folder, part, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: nowMs }));
      if (nowMs - mtimeMs < hourMs) continue;
      await rm(path, { force: true });
      removed += 1;
    }
  }
  return removed;
}
