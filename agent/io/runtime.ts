import { join } from 'node:path';
import type { TransientFiles } from '../../base/transient-files.ts';
import type { LinkMemory } from '../events.ts';
import type { Runtime } from '../ports.ts';

/** The runtime folder, as its process needs it besides. */
export interface RuntimeFolder extends Runtime {
  /** A process that is asked to end is asked for a try when it starts again: its pause ends with it. Never throws. */
  endBackoff(): void;
}

/** What is remembered, in `folder`. Not synced: it is for the next process, and a power cycle is to forget it. */
export function createRuntime(folder: string, files: TransientFiles): RuntimeFolder {
  const path = join(folder, 'link.json');
  const remember = (memory: LinkMemory) => files.replace(path, JSON.stringify(memory));
  const recall = () => {
    try {
      const value: unknown = JSON.parse(files.read(path) ?? 'null');
      return isMemory(value) ? value : null;
    } catch {
      return null;
    }
  };
  return {
    recall,
    remember,
    endBackoff() {
      const memory = recall();
      if (memory === null) return;
      try {
        remember({ ...memory, failures: 0, untilMs: 0 });
      } catch {
        // The pause is then waited for: that is all that is lost.
      }
    },
  };
}

function isMemory(value: unknown): value is LinkMemory {
  if (typeof value !== 'object' || value === null) return false;
  const { bootId, failures, openedMs, untilMs } = value as Record<string, unknown>;
  const areTimes = [openedMs, untilMs].every((ms) => Number.isFinite(ms) && (ms as number) >= 0);
  return (
    typeof bootId === 'string' &&
    Number.isSafeInteger(failures) &&
    (failures as number) >= 0 &&
    areTimes
  );
}
