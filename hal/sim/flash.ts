import { createReadStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { explain, PilotfishError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { fileDigest, openFileStorage } from './board/file-storage.ts';
import { BLANK_BOOT, beginWrite, factoryFlashed } from './board/slots.ts';
import { openSlotFile } from './installer.ts';
import { isServing } from './wire/server.ts';

/**
 * `sim-board flash`: writes a board's first image into a slot, as a factory does. The slot is good without a trial and
 * boots next. Throws `board-in-use`, `flash-image`, `refused` (no such slot).
 */
export async function flashSlot(
  options: { dir: string; image: string; slot: string },
  log: Log,
): Promise<{ slot: string; length: number; sha256: string }> {
  const { image, slot } = options;
  const dir = resolve(options.dir);
  if (await isServing(join(dir, 'bench.sock'))) {
    throw new PilotfishError('board-in-use', `${dir}: a board is running in this folder`, {
      hint: 'stop it first: a running board is updated through its agent',
    });
  }
  const { length, sha256 } = await imageDigest(image);
  const storage = await openFileStorage(dir, log);
  const { boot = BLANK_BOOT } = await storage.load();
  const emptied = beginWrite(boot, { booted: undefined, slot });
  await storage.saveBoot(emptied);
  const writer = await openSlotFile(await storage.clearSlot(slot));
  try {
    await pipeline(createReadStream(image), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await writer.write(chunk);
    });
    await writer.sync();
  } finally {
    await writer.close();
  }
  await storage.saveBoot(factoryFlashed(emptied, slot, sha256));
  return { slot, length, sha256 };
}

async function imageDigest(image: string): Promise<{ length: number; sha256: string }> {
  try {
    const digest = await fileDigest(image);
    if (digest.length > 0) return digest;
  } catch (error) {
    throw new PilotfishError('flash-image', `${image} cannot be read: ${explain(error)}`);
  }
  throw new PilotfishError('flash-image', `${image} is empty`);
}
