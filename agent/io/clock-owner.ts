import { join } from 'node:path';
import type { Files } from '../../base/files.ts';
import type { ClockOwner } from '../ports.ts';

/**
 * Whose clock it is, apart from the store: a robot that has lost its store after a false cloud had set the clock years ahead
 * would take that clock for the board's own, never set it back, and find every server's certificate expired.
 */
export function createClockOwner(folder: string, files: Files): ClockOwner {
  const file = join(folder, 'clock-set-by-agent');
  const isMarked = async () => (await files.readText(file)) !== undefined;
  return {
    isAgent: () => isMarked().catch(() => false),
    async keep(isAgent) {
      // The flash is spared what is there already.
      if ((await isMarked()) === isAgent) return;
      if (!isAgent) {
        await files.remove(file);
        return files.syncFolder(folder);
      }
      await files.makeFolder(folder, 0o700);
      await files.writeDurable(file, '');
    },
  };
}
