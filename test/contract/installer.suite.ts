import { describe, expect, it } from 'vitest';
import type { Slot } from '../../hal/boot-control.ts';
import {
  type BoardUnderTest,
  imageSource,
  type MakeBoard,
  pieces,
  sha256,
} from '../support/board-under-test.ts';

const signal = new AbortController().signal;

/** What writing a slot must do on any board. The board runs a confirmed slot; the other one may be written. */
export function installerContract(name: string, makeBoard: MakeBoard): void {
  describe(`installer contract: ${name}`, () => {
    it('completes the slot with the hash of its image, and reports progress', async () => {
      await using board = await makeBoard();
      const image = board.image('two');
      const progress: number[] = [];
      const onProgress = (bytes: number) => progress.push(bytes);
      await board.installer.install(imageSource(await free(board), image, { onProgress }), signal);
      expect(await freeSlot(board)).toMatchObject({ state: 'complete', sha256: sha256(image) });
      expect(progress.at(-1)).toBe(image.length);
    });

    it('writes a slot again that it has written before', async () => {
      await using board = await makeBoard();
      for (const stamp of ['two', 'three']) {
        const image = board.image(stamp);
        await board.installer.install(imageSource(await free(board), image), signal);
        expect(await freeSlot(board)).toMatchObject({ state: 'complete', sha256: sha256(image) });
      }
    });

    it.each([
      ['too short', (image: Uint8Array) => ({ chunks: pieces(image.subarray(1), 7) })],
      ['too long', (image: Uint8Array) => ({ length: image.length - 1 })],
      ['another hash', (image: Uint8Array) => ({ sha256: sha256(image.subarray(1)) })],
      ['nothing at all', () => ({ chunks: pieces(new Uint8Array(), 1) })],
    ])('leaves the slot empty when the image does not fit: %s', async (_what, changes) => {
      await using board = await makeBoard();
      const image = board.image('two');
      const slot = await free(board);
      await expect(
        board.installer.install(imageSource(slot, image, changes(image)), signal),
      ).rejects.toMatchObject({ code: 'mismatch' });
      expect(await freeSlot(board)).toEqual({ name: slot, state: 'empty' });
      await board.installer.install(imageSource(slot, image), signal);
      expect(await freeSlot(board)).toMatchObject({ state: 'complete' });
    });

    it('empties the slot before the first byte arrives', async () => {
      await using board = await makeBoard();
      const image = board.image('two');
      const slot = await free(board);
      await board.installer.install(imageSource(slot, image), signal);
      const seen: Slot[] = [];
      async function* watching() {
        seen.push((await freeSlot(board)) as Slot);
        yield* pieces(image, 16);
      }
      await board.installer.install(imageSource(slot, image, { chunks: watching() }), signal);
      expect(seen).toEqual([{ name: slot, state: 'empty' }]);
    });

    it('rejects the running slot, unknown slots and images that fit no slot, and reads no byte of them', async () => {
      await using board = await makeBoard();
      const { booted } = await board.boot.state(signal);
      const slot = await free(board);
      const image = board.image('two');
      let read = 0;
      async function* counted() {
        read += 1;
        yield image;
      }
      for (const changes of [
        { slot: booted },
        { slot: 'no-such-slot' },
        { slot: '../../etc' },
        { slot, length: Number.MAX_SAFE_INTEGER },
        { slot, length: -1 },
      ]) {
        await expect(
          board.installer.install(
            imageSource(slot, image, { ...changes, chunks: counted() }),
            signal,
          ),
        ).rejects.toMatchObject({ code: 'refused' });
      }
      expect(read).toBe(0);
      expect((await board.boot.state(signal)).next).toBe(booted);
    });

    it('stops when its signal is aborted, also while the source hangs; the empty slot accepts an image again', async () => {
      await using board = await makeBoard();
      const image = board.image('two');
      const slot = await free(board);
      const stop = new AbortController();
      const reason = new Error('enough');
      async function* hanging() {
        yield image.subarray(0, 10);
        stop.abort(reason);
        await new Promise(() => {});
      }
      await expect(
        board.installer.install(imageSource(slot, image, { chunks: hanging() }), stop.signal),
      ).rejects.toBe(reason);
      expect(await freeSlot(board)).toEqual({ name: slot, state: 'empty' });
      await board.installer.install(imageSource(slot, image), signal);
      expect(await freeSlot(board)).toMatchObject({ state: 'complete' });
    });

    it('rejects when the source breaks', async () => {
      await using board = await makeBoard();
      const image = board.image('two');
      const slot = await free(board);
      const broken = new Error('the line broke');
      async function* breaking() {
        yield image.subarray(0, 10);
        throw broken;
      }
      await expect(
        board.installer.install(imageSource(slot, image, { chunks: breaking() }), signal),
      ).rejects.toMatchObject({ code: 'io', cause: broken });
      expect(await freeSlot(board)).toEqual({ name: slot, state: 'empty' });
    });

    it('disarms an armed slot when it writes that slot again', async () => {
      await using board = await makeBoard();
      const image = board.image('two');
      const slot = await free(board);
      const { booted } = await board.boot.state(signal);
      await board.installer.install(imageSource(slot, image), signal);
      await board.boot.arm(slot, { attempts: 1 }, signal);
      const chunks = pieces(image.subarray(1), 16);
      await expect(
        board.installer.install(imageSource(slot, image, { chunks }), signal),
      ).rejects.toMatchObject({ code: 'mismatch' });
      expect((await board.boot.state(signal)).next).toBe(booted);
    });
  });
}

async function freeSlot(board: BoardUnderTest): Promise<Slot | undefined> {
  const { booted, slots } = await board.boot.state(signal);
  return slots.find(({ name }) => name !== booted);
}

async function free(board: BoardUnderTest): Promise<string> {
  return (await freeSlot(board))?.name ?? '';
}
