import type { Body } from '../body/body.ts';
import { copyOf } from '../body/mission-log.ts';
import type { BoardStorage } from './storage.ts';

/** Stores the body's durable state. */
export interface Keeper {
  /**
   * Resolves when the body's current state is stored; concurrent callers share one write. Rejects when storing fails.
   */
  flushed(): Promise<void>;
}

/** INVARIANT: a memory that refers to a map is stored only after that map. */
export function createKeeper(
  body: Body,
  storage: BoardStorage,
  storedMaps: Iterable<string>,
): Keeper {
  const onDisk = new Set(storedMaps);
  let stored = 0;
  let storing: Promise<void> | undefined;

  async function store(): Promise<void> {
    const { version } = body;
    // Copied at one instant, since the body changes while the maps are being written.
    const maps = new Map(body.maps);
    const memory = copyOf(body.memory);
    for (const [id, map] of maps) {
      if (!onDisk.has(id)) await storage.saveMap(id, map);
      onDisk.add(id);
    }
    await storage.saveBody(memory);
    stored = version;
    if (onDisk.size === maps.size) return;
    await storage.keepMaps(new Set(maps.keys()));
    for (const id of onDisk) if (!maps.has(id)) onDisk.delete(id);
  }

  return {
    async flushed() {
      const requested = body.version;
      while (stored < requested) {
        storing ??= store().finally(() => {
          storing = undefined;
        });
        await storing;
      }
    },
  };
}
