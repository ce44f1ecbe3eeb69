import { join } from 'node:path';
import type { Files } from '../../base/files.ts';
import type { ClockOwner } from '../ports.ts';

/**
 * Records outside the store whether the agent has set the clock. Suppose that a false cloud has set the clock years
 * ahead and the store is then lost: the robot would take that clock for the board's own, never set it back, and find
 * every server's certificate expired.
 */
export function createClockOwner(folder: string, files: Files): ClockOwner {
  const file = join(folder, 'clock-set-by-agent');
  const isMarked = async () => (await files.readText(file)) !== undefined;
  return {
    isAgent: () => isMarked().catch(() => false),
    async keep(isAgent) {
      // No write to flash for an unchanged value.
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
