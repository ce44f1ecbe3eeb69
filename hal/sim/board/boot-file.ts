import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, PilotfishError } from '../../../base/errors.ts';
import { writeFileDurable } from '../../../base/files.ts';
import type { Log } from '../../../base/log.ts';
import { BLANK_BOOT, type BootMemory, type SlotRecord } from './slots.ts';

export const SLOTS = Object.keys(BLANK_BOOT.slots);

/**
 * Theory of operation. The boot memory is one file, `boot.json`. What must survive its loss is stored a second time
 * beside each image, in `slots/X/confirmed.json`: the digest of an image that was confirmed, and a number that is
 * higher in the slot that was confirmed later. When `boot.json` is torn, empty or unreadable, it is quarantined and
 * rebuilt from these records: their slots are good, the newest is next, and trials and writes in progress are
 * forgotten. A record is removed with its image.
 */
export interface BootFile {
  /** Throws `board-memory` when the file is damaged and no record is left. */
  load(): Promise<BootMemory | undefined>;
  save(memory: BootMemory): Promise<void>;
}

interface Confirmed {
  readonly v: 1;
  readonly sha256: string;
  readonly order: number;
}

export function openBootFile(dir: string, log: Log): BootFile {
  const path = join(dir, 'boot.json');
  const known = new Map<string, Confirmed>();

  /** A record that cannot be written only reduces redundancy: the boot memory itself decides. */
  const record = async ({ slots }: BootMemory): Promise<void> => {
    for (const [slot, { state, sha256 }] of Object.entries(slots)) {
      if (state !== 'good') known.delete(slot);
      if (state !== 'good' || sha256 === undefined || known.get(slot)?.sha256 === sha256) continue;
      const order = 1 + Math.max(0, ...[...known.values()].map((one) => one.order));
      const confirmed: Confirmed = { v: 1, sha256, order };
      try {
        await writeFileDurable(recordFile(dir, slot), JSON.stringify(confirmed));
        known.set(slot, confirmed);
      } catch (error) {
        log.warn({ slot, code: codeOf(error) }, 'the record of a confirmed slot is not stored');
      }
    }
  };

  return {
    async load() {
      for (const slot of SLOTS) {
        const confirmed = await readRecord(dir, slot);
        if (confirmed !== undefined) known.set(slot, confirmed);
      }
      const found = await readBoot(dir);
      if (found.memory !== undefined && !found.isDamaged) await record(found.memory);
      if (!found.isDamaged) return found.memory;
      if (found.memory === undefined) throw damagedError(path);
      await quarantineState(path);
      const about = { code: 'board-memory', slots: [...known.keys()] };
      log.error(about, `${path} is damaged: moved away, and rebuilt from the slots' records`);
      await writeFileDurable(path, JSON.stringify(found.memory));
      return found.memory;
    },
    async save(memory) {
      await record(memory);
      await writeFileDurable(path, JSON.stringify(memory));
    },
  };
}

/**
 * The boot memory by which the folder's board would boot; changes nothing. Damaged: `boot.json` is invalid (or missing
 * while records exist), and the memory, if any, is rebuilt from the records.
 */
export async function readBoot(
  dir: string,
): Promise<{ memory: BootMemory | undefined; isDamaged: boolean }> {
  let text: string | undefined;
  let isThere = true;
  try {
    text = await readFile(join(dir, 'boot.json'), 'utf8');
  } catch (error) {
    isThere = !['ENOENT', 'ENOTDIR'].includes(codeOf(error));
  }
  const memory = text === undefined ? undefined : parseBoot(text);
  if (memory !== undefined) return { memory, isDamaged: false };
  const recovered = await recover(dir);
  return { memory: recovered, isDamaged: isThere || recovered !== undefined };
}

/** Parses the boot memory; slots that this board does not have are left out. Undefined when it is invalid. */
export function parseBoot(text: string): BootMemory | undefined {
  try {
    const { v, next, slots, fallback } = JSON.parse(text) as Partial<BootMemory>;
    if (v !== 1 || typeof next !== 'string' || typeof slots !== 'object') return undefined;
    const own = SLOTS.map((name) => [name, slots[name] ?? { state: 'empty' }] as const);
    if (!own.every(([, slot]) => isRecord(slot))) return undefined;
    const memory: BootMemory = { v, next, slots: Object.fromEntries(own) };
    return typeof fallback?.slot === 'string' ? { ...memory, fallback } : memory;
  } catch {
    return undefined;
  }
}

export const damagedError = (path: string): PilotfishError =>
  new PilotfishError('board-memory', `${path} is damaged`, {
    hint: 'remove it and flash the board again with: sim-board flash',
  });

const recordFile = (dir: string, slot: string): string =>
  join(dir, 'slots', slot, 'confirmed.json');

async function recover(dir: string): Promise<BootMemory | undefined> {
  const found: [string, Confirmed][] = [];
  for (const slot of SLOTS) {
    const confirmed = await readRecord(dir, slot);
    if (confirmed !== undefined) found.push([slot, confirmed]);
  }
  const [newest] = found.toSorted(([, a], [, b]) => b.order - a.order);
  if (newest === undefined) return undefined;
  const good = found.map(([slot, { sha256 }]) => [slot, { state: 'good', sha256 }] as const);
  return { v: 1, next: newest[0], slots: { ...BLANK_BOOT.slots, ...Object.fromEntries(good) } };
}

async function readRecord(dir: string, slot: string): Promise<Confirmed | undefined> {
  try {
    const value = JSON.parse(await readFile(recordFile(dir, slot), 'utf8')) as Confirmed;
    const isWhole = value.v === 1 && isDigest(value.sha256) && Number.isSafeInteger(value.order);
    return isWhole ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The newest damaged file is kept. */
async function quarantineState(path: string): Promise<void> {
  await rm(`${path}.damaged`, { recursive: true, force: true });
  await rename(path, `${path}.damaged`).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

const states: readonly string[] = ['empty', 'complete', 'trial', 'good', 'bad'];
const isDigest = (value: unknown): boolean =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isCount = (value: unknown): boolean =>
  value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0);

function isRecord(slot: SlotRecord | null): boolean {
  if (slot === null || typeof slot !== 'object' || !states.includes(slot.state)) return false;
  const isNamed = ['empty', 'bad'].includes(slot.state) || isDigest(slot.sha256);
  return isNamed && [slot.attempts, slot.attemptsLeft, slot.failedStarts].every(isCount);
}
