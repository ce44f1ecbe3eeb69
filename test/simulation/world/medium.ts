import { PilotfishError } from '../../../base/errors.ts';
import type { BodyMap } from '../../../hal/robot-body.ts';
import type { BootMemory } from '../../../hal/sim/board/slots.ts';
import type { BoardStorage } from '../../../hal/sim/board/storage.ts';
import { type BodyMemory, copyOf } from '../../../hal/sim/body/mission-log.ts';
import type { OpenSlot } from '../../../hal/sim/installer.ts';
import type { WorldFiles } from './files.ts';
import { sha256Of } from './images.ts';

/** The contents of the board's medium, which survive a power cut. */
export interface Medium {
  body: BodyMemory | undefined;
  boot: BootMemory;
  readonly maps: Map<string, BodyMap>;
  /** Images as they are written: bytes that are not synced vanish or tear with the power. */
  readonly slots: WorldFiles;
}

export interface MediumStorage extends BoardStorage {
  readonly openSlot: OpenSlot;
}

/** Called before and after each durable change; the power may go at either moment. */
export interface Watch {
  readonly isOn: () => boolean;
  readonly reach: (point: string) => void;
  /** Called after each change. */
  readonly changed: (what: string) => void;
}

/**
 * The board's storage, like the simulated board's own in memory, but without serialising everything to text: that would
 * take most of the world's time. Every change takes one step, except writing an image.
 */
export function mediumStorage(medium: Medium, watch: Watch): MediumStorage {
  const durable = async (name: string, change: () => void): Promise<void> => {
    watch.reach(`before ${name}`);
    if (!watch.isOn()) throw new PilotfishError('io', 'the power is gone');
    change();
    watch.changed(name);
    watch.reach(`after ${name}`);
    if (!watch.isOn()) throw new PilotfishError('io', 'the power is gone');
  };
  return {
    load: async () => ({
      maps: new Map(medium.maps),
      boot: medium.boot,
      ...(medium.body === undefined ? {} : { body: copyOf(medium.body) }),
    }),
    saveBody: (memory) =>
      durable('save body', () => {
        medium.body = memory;
      }),
    saveMap: (id, map) => durable('save map', () => medium.maps.set(id, map)),
    keepMaps: (ids) =>
      durable('keep maps', () => {
        for (const id of medium.maps.keys()) if (!ids.has(id)) medium.maps.delete(id);
      }),
    saveBoot: (memory) =>
      durable('save boot', () => {
        medium.boot = memory;
      }),
    async clearSlot(slot) {
      await durable('clear slot', () => {
        medium.slots.remove(slot);
        medium.slots.syncFolder();
      });
      return slot;
    },
    async slotDigest(slot) {
      const image = medium.slots.read(slot) ?? new Uint8Array();
      return { length: image.length, sha256: sha256Of(image) };
    },
    async openSlot(slot) {
      medium.slots.write(slot, new Uint8Array());
      return {
        async write(chunk) {
          if (watch.isOn()) medium.slots.append(slot, chunk);
        },
        sync: () =>
          durable('sync slot', () => {
            medium.slots.sync(slot);
            medium.slots.syncFolder();
          }),
        close: async () => {},
      };
    },
  };
}
