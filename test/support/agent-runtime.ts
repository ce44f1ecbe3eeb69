import type { LinkMemory } from '../../agent/events.ts';
import type { Runtime } from '../../agent/ports.ts';

/** What lies in the runtime folder of a board, until its power goes. */
export interface MemoryRuntime extends Runtime {
  memory: LinkMemory | null;
}

export const memoryRuntime = (): MemoryRuntime => ({
  memory: null,
  recall() {
    return this.memory;
  },
  remember(memory) {
    this.memory = memory;
  },
});
