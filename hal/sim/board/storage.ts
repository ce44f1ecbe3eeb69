import type { BodyMap } from '../../robot-body.ts';
import type { BodyMemory } from '../body/mission-log.ts';
import type { BootMemory } from './slots.ts';

/** The board's durable storage. Every change is durable when its promise resolves, and happens in one step. */
export interface BoardStorage {
  load(): Promise<StoredBoard>;
  saveBody(memory: BodyMemory): Promise<void>;
  saveMap(missionId: string, map: BodyMap): Promise<void>;
  /** Removes all maps but these. */
  keepMaps(missionIds: ReadonlySet<string>): Promise<void>;
  saveBoot(memory: BootMemory): Promise<void>;
  /** Removes a slot's contents and returns the path for its next image. */
  clearSlot(slot: string): Promise<string>;
  /** Length in bytes and SHA-256 (hex) of a slot's contents on the medium. */
  slotDigest(slot: string): Promise<{ length: number; sha256: string }>;
}

/** `maps` holds those of the memory's missions whose maps can be read. */
export interface StoredBoard {
  readonly body?: BodyMemory;
  readonly maps: ReadonlyMap<string, BodyMap>;
  readonly boot?: BootMemory;
}
