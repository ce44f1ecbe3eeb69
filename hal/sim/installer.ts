import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import { syncFolder } from '../../base/files.ts';
import type { ImageSource, Installer } from '../installer.ts';
import type { BoardCall } from './board/calls.ts';
import { orAborted } from './board/waits.ts';

/** A slot being written. */
export interface SlotWriter {
  write(chunk: Uint8Array): Promise<void>;
  /** Makes everything written so far durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the path that the board has given for an image. */
export type OpenSlot = (path: string) => Promise<SlotWriter>;

/** Bytes between two syncs, each with a progress report. */
const SYNC_BYTES = 8 * 1024 * 1024;

/**
 * Writes images into the board's slots, from the agent's process.
 *
 * The board makes the slot `empty` before it gives the path, and `complete` after it has read the image back; this side
 * streams, checks length and hash on the way, and makes the bytes durable in between.
 */
export function createInstaller(call: BoardCall, openSlot: OpenSlot): Installer {
  return {
    async install(image, signal) {
      const { slot, length, sha256 } = image;
      try {
        const { path } = await call('slot.begin', { slot, length }, signal);
        await writeImage(image, await openSlot(path), signal);
        await call('slot.complete', { slot, length, sha256 }, signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (['refused', 'mismatch'].includes(codeOf(error))) throw error;
        throw new PilotfishError('io', `slot ${slot} was not written`, { cause: error });
      }
    },
  };
}

/** An image file: executable, since it may be a program. */
export async function openSlotFile(path: string): Promise<SlotWriter> {
  const file = await open(path, 'wx', 0o755);
  await syncFolder(dirname(path));
  return {
    async write(chunk) {
      await file.writeFile(chunk);
    },
    sync: () => file.datasync(),
    close: () => file.close(),
  };
}

async function writeImage(
  image: ImageSource,
  writer: SlotWriter,
  signal: AbortSignal,
): Promise<void> {
  const hash = createHash('sha256');
  let written = 0;
  let unsynced = 0;
  const sync = async () => {
    await writer.sync();
    unsynced = 0;
    image.onProgress?.(written);
  };
  try {
    for await (const chunk of untilAborted(image.chunks, signal)) {
      written += chunk.length;
      unsynced += chunk.length;
      if (written > image.length) throw mismatchError(`more than ${image.length} bytes came`);
      hash.update(chunk);
      await writer.write(chunk);
      if (unsynced >= SYNC_BYTES) await sync();
    }
    if (written !== image.length) throw mismatchError(`${written} bytes came, not ${image.length}`);
    if (hash.digest('hex') !== image.sha256) throw mismatchError('the SHA-256 is another one');
    await sync();
  } finally {
    await writer.close();
  }
}

/** Yields the chunks until the signal: a source that hangs delays nothing, and its `return` is called. */
async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await orAborted(iterator.next(), signal);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a hanging generator returns only after its current step.
    iterator.return?.().catch(() => {});
  }
}

function mismatchError(what: string): PilotfishError<'mismatch'> {
  return new PilotfishError('mismatch', `the image does not fit: ${what}`);
}
