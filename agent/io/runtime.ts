import { join } from 'node:path';
import type { TransientFiles } from '../../base/transient-files.ts';
import type { LinkMemory } from '../events.ts';
import type { Runtime } from '../ports.ts';

/** Further functions of the runtime folder, for the process. */
export interface RuntimeFolder extends Runtime {
  /**
   * A process that is stopped on request shall connect at once when it starts again: it ends its delay. Never throws.
   */
  endBackoff(): void;
}

/** The record in `folder`. Not synced: it is for the next process and must not survive a power cycle. */
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
        // The delay is then waited for: nothing else is lost.
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
