import { createHash } from 'node:crypto';
import { PilotfishError } from '../../../base/errors.ts';
import type { BodyMap } from '../../robot-body.ts';
import type { OpenSlot } from '../installer.ts';
import type { BoardStorage } from './storage.ts';

/** The contents of a board's medium, which survive a power cut. */
export interface Medium {
  body?: string;
  boot?: string;
  readonly maps: Map<string, BodyMap>;
  readonly slots: Map<string, Uint8Array>;
}

export function blankMedium(): Medium {
  return { maps: new Map(), slots: new Map() };
}

/** A board's storage in memory. It loses what was not made durable, and its power can be cut between any two writes. */
export interface MemoryStorage extends BoardStorage {
  readonly openSlot: OpenSlot;
  /** The number of durable changes that were started. */
  readonly writes: number;
  /** From now on no write reaches the medium. */
  cut(): void;
}

/** Storage on a medium; the power goes just before durable change number `cutAt` (from 1). Rejects with `io` then. */
export function createMemoryStorage(
  medium: Medium,
  cutAt = Number.POSITIVE_INFINITY,
): MemoryStorage {
  let writes = 0;
  let isCut = false;
  const durable = async (change: () => void): Promise<void> => {
    writes += 1;
    if (writes >= cutAt) isCut = true;
    if (isCut) throw new PilotfishError('io', 'the power is off');
    change();
  };
  return {
    get writes() {
      return writes;
    },
    cut() {
      isCut = true;
    },
    async load() {
      return {
        maps: new Map(medium.maps),
        ...(medium.body === undefined ? {} : { body: JSON.parse(medium.body) }),
        ...(medium.boot === undefined ? {} : { boot: JSON.parse(medium.boot) }),
      };
    },
    saveBody(memory) {
      const text = JSON.stringify(memory);
      return durable(() => {
        medium.body = text;
      });
    },
    saveMap: (id, map) => durable(() => medium.maps.set(id, map)),
    keepMaps: (ids) =>
      durable(() => {
        for (const id of medium.maps.keys()) if (!ids.has(id)) medium.maps.delete(id);
      }),
    saveBoot: (memory) =>
      durable(() => {
        medium.boot = JSON.stringify(memory);
      }),
    async clearSlot(slot) {
      await durable(() => medium.slots.delete(slot));
      return slot;
    },
    async slotDigest(slot) {
      const image = medium.slots.get(slot) ?? new Uint8Array();
      return { length: image.length, sha256: createHash('sha256').update(image).digest('hex') };
    },
    async openSlot(slot) {
      const chunks: Uint8Array[] = [];
      return {
        async write(chunk) {
          chunks.push(chunk.slice());
        },
        sync: () => durable(() => medium.slots.set(slot, new Uint8Array(Buffer.concat(chunks)))),
        close: async () => {},
      };
    },
  };
}
