import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, explain, PilotfishError } from '../../../base/errors.ts';
import { makeFolder, readTextIfThere, syncFolder, writeFileDurable } from '../../../base/files.ts';
import type { Log } from '../../../base/log.ts';
import type { BodyMap } from '../../robot-body.ts';
import type { BodyMemory } from '../body/mission-log.ts';
import { damagedError, openBootFile, readBoot, SLOTS } from './boot-file.ts';
import { decodeMap, encodeMap } from './map-codec.ts';
import type { BoardStorage } from './storage.ts';

/** The file that holds a slot's image. */
export function slotImage(dir: string, slot: string): string {
  return join(dir, 'slots', slot, 'image');
}

/**
 * The board's storage in a folder: `body.json`, `maps/ID.json`, `boot.json`, `slots/a/image`, `slots/b/image`.
 *
 * A damaged `boot.json` is rebuilt from the records beside the images; `load` throws `board-memory` when there are
 * none. A damaged `body.json` is quarantined and the body starts with a blank memory.
 */
export async function openFileStorage(dir: string, log: Log): Promise<BoardStorage> {
  const bodyFile = join(dir, 'body.json');
  const maps = join(dir, 'maps');
  await makeFolder(dir, 0o700);
  await makeFolder(maps);
  for (const slot of SLOTS) await makeFolder(join(dir, 'slots', slot));
  const mapFile = (id: string) => join(maps, `${id}.json`);
  const bootFile = openBootFile(dir, log);

  return {
    async load() {
      const body = await loadBody(bodyFile, log);
      const boot = await bootFile.load();
      return {
        ...(body && { body }),
        ...(boot && { boot }),
        maps: await loadMaps(body, mapFile, log),
      };
    },
    saveBody: (memory) => writeFileDurable(bodyFile, JSON.stringify(memory)),
    saveMap: (id, map) => writeFileDurable(mapFile(id), JSON.stringify(encodeMap(map))),
    async keepMaps(ids) {
      const kept = new Set([...ids].map((id) => `${id}.json`));
      for (const name of await readdir(maps)) if (!kept.has(name)) await rm(join(maps, name));
    },
    saveBoot: (memory) => bootFile.save(memory),
    async clearSlot(slot) {
      // A new file instead of truncating the old one: an executable that is still ending cannot be written to.
      const folder = join(dir, 'slots', slot);
      await makeFolder(folder);
      for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
      await syncFolder(folder);
      return slotImage(dir, slot);
    },
    async slotDigest(slot) {
      try {
        return await fileDigest(slotImage(dir, slot));
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return { length: 0, sha256: '' };
        throw error;
      }
    },
  };
}

/**
 * Throws `board-unflashed` when the folder's board never got an image, `board-memory` as `load` does. Changes nothing,
 * so that a mistyped folder is not created.
 */
export async function checkFlashed(dir: string): Promise<void> {
  const { memory: boot, isDamaged } = await readBoot(dir);
  if (isDamaged && boot === undefined) throw damagedError(join(dir, 'boot.json'));
  if (boot && Object.values(boot.slots).some(({ state }) => state !== 'empty')) return;
  throw new PilotfishError('board-unflashed', `${dir}: no board was ever flashed in this folder`, {
    hint: `flash it first: sim-board flash --dir ${dir} --image FILE`,
  });
}

/** Length in bytes and SHA-256 (hex) of a file; throws `not-a-file` and what the file system throws. */
export async function fileDigest(path: string): Promise<{ length: number; sha256: string }> {
  // Reading a pipe would block forever.
  if (!(await stat(path)).isFile()) throw new PilotfishError('not-a-file', `${path} is no file`);
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    length += (chunk as Buffer).length;
  }
  return { length, sha256: hash.digest('hex') };
}

async function loadBody(path: string, log: Log): Promise<BodyMemory | undefined> {
  const text = await readTextIfThere(path).catch(() => '');
  if (text === undefined) return undefined;
  const memory = parse<BodyMemory>(text);
  if (memory) return memory;
  await rm(`${path}.damaged`, { recursive: true, force: true });
  await rename(path, `${path}.damaged`);
  log.warn(
    { code: 'board-memory' },
    `${path} is damaged: moved away, the body starts with an empty memory`,
  );
  return undefined;
}

async function loadMaps(
  body: BodyMemory | undefined,
  mapFile: (id: string) => string,
  log: Log,
): Promise<Map<string, BodyMap>> {
  const maps = new Map<string, BodyMap>();
  for (const { id, hasMap } of body?.ended ?? []) {
    if (!hasMap) continue;
    try {
      maps.set(id, decodeMap(JSON.parse(await readFile(mapFile(id), 'utf8'))));
    } catch (error) {
      const why =
        codeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be read: ${explain(error)}`;
      log.warn({ missionId: id, code: 'board-map' }, `the map of a mission ${why}`);
    }
  }
  return maps;
}

function parse<T extends { v: 1 }>(text: string): T | undefined {
  try {
    const value = JSON.parse(text);
    return value?.v === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}
