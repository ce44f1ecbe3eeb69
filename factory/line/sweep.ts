import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isTemporary } from '../../base/files.ts';

const hourMs = 60 * 60 * 1000;

/**
 * Removes the unfinished files that stations which were killed have left; answers how many. Young ones stay: they may be
 * another station's, in the middle of its work.
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
