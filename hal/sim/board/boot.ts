import { isDeepStrictEqual } from 'node:util';
import { codeOf, explain } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { BootState, Fallback } from '../../boot-control.ts';
import {
  BLANK_BOOT,
  type BootMemory,
  bootNext,
  bootState,
  giveUp,
  isOnTrial,
  startFailed,
  startSucceeded,
} from './slots.ts';
import type { BoardStorage } from './storage.ts';

/** The boot memory and the booted slot; one change at a time, each stored before it takes effect. */
export class Boot {
  readonly #storage: BoardStorage;
  readonly #log: Log;
  #memory: BootMemory;
  #stored: BootMemory;
  #booted: string | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(storage: BoardStorage, log: Log, memory: BootMemory = BLANK_BOOT) {
    this.#storage = storage;
    this.#log = log;
    this.#memory = memory;
    this.#stored = memory;
  }

  get booted(): string | undefined {
    return this.#booted;
  }

  get state(): BootState {
    return bootState(this.#memory, this.#booted);
  }

  /**
   * Runs `before`, applies a transition, stores its result, makes it current, then runs `after`; the next change waits
   * for all of it. Rejects with what the transition or `before` throws, or when storing fails; nothing has changed
   * then.
   */
  change<T>(
    transition: (memory: BootMemory, booted: string | undefined) => BootMemory,
    around: { before?: () => Promise<void>; after?: () => Promise<T> } = {},
  ): Promise<T | undefined> {
    return this.#inTurn(async () => {
      await around.before?.();
      await this.#store(transition(this.#memory, this.#booted));
      return around.after?.();
    });
  }

  /**
   * The boot loader: picks the slot that runs from now on; undefined when none may boot. First it compares the slot's
   * content with its digest. When the medium accepts no more changes, it still boots a confirmed slot, but no trial:
   * its attempts could not be counted.
   */
  load(): Promise<string | undefined> {
    return this.#inTurn(async () => {
      let memory = this.#memory;
      const unfit = new Set<string>();
      for (;;) {
        const next = bootNext(memory, unfit);
        const slot = next.booted;
        const flaw = slot === undefined ? undefined : await this.#flawOf(next.memory, slot);
        if (slot !== undefined && flaw !== undefined) {
          unfit.add(slot);
          memory = this.#leaveDamaged(memory, slot, flaw);
          continue;
        }
        const isStored = await this.#adopt(next.memory);
        if (slot !== undefined && !isStored && isOnTrial(next.memory, slot)) {
          unfit.add(slot);
          continue;
        }
        this.#booted = slot;
        return slot;
      }
    });
  }

  /** The running slot's program has failed without having been healthy. Returns true when the board must boot again. */
  failed(why: Fallback): Promise<boolean> {
    return this.#inTurn(async () => {
      const { slot } = why;
      if (isOnTrial(this.#memory, slot)) {
        const hasAttempts = (this.#memory.slots[slot]?.attemptsLeft ?? 0) > 0;
        if (!hasAttempts) await this.#adopt(giveUp(this.#memory, why));
        return true;
      }
      const flaw = await this.#flawOf(this.#memory, slot);
      // The boot loader detects it again, and logs it.
      if (flaw !== undefined) return true;
      const after = startFailed(this.#memory, why);
      const isLeft = after.next !== slot;
      if (isLeft) this.#sayLeft(after);
      await this.#adopt(after);
      return isLeft;
    });
  }

  /** The agent in the running slot is healthy. */
  async succeeded(slot: string): Promise<void> {
    if (this.#memory.slots[slot]?.failedStarts === undefined) return;
    await this.#inTurn(async () => void (await this.#adopt(startSucceeded(this.#memory, slot))));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {});
    return done;
  }

  async #store(memory: BootMemory): Promise<void> {
    if (!isDeepStrictEqual(memory, this.#stored)) await this.#storage.saveBoot(memory);
    this.#memory = memory;
    this.#stored = memory;
  }

  /**
   * Applies a change that is already a fact, even if storing fails; it is stored with the next change at the latest.
   */
  async #adopt(memory: BootMemory): Promise<boolean> {
    try {
      await this.#store(memory);
      return true;
    } catch (error) {
      this.#memory = memory;
      const about = { code: 'board-storage' };
      this.#log.error(about, `the boot memory cannot be stored: ${explain(error)}`);
      return false;
    }
  }

  /** What is wrong with a slot's image, if anything. */
  async #flawOf(memory: BootMemory, slot: string): Promise<string | undefined> {
    try {
      const { length, sha256 } = await this.#storage.slotDigest(slot);
      if (sha256 === memory.slots[slot]?.sha256) return undefined;
      return length === 0 ? 'the image is missing or empty' : 'the SHA-256 is another one';
    } catch (error) {
      return `the image cannot be read (${codeOf(error)})`;
    }
  }

  #leaveDamaged(memory: BootMemory, slot: string, detail: string): BootMemory {
    const why = { slot, reason: 'damaged', detail } as const;
    this.#log.error({ slot, code: 'slot-damaged' }, `slot ${slot} is not started: ${detail}`);
    const isTrial = memory.slots[slot]?.state === 'trial';
    const after = isTrial ? giveUp(memory, why) : startFailed(memory, why);
    if (!isTrial && after.next !== slot) this.#sayLeft(after);
    return after;
  }

  #sayLeft({ next, fallback }: BootMemory): void {
    if (fallback === undefined) return;
    const { slot, reason, detail } = fallback;
    const about = { slot, next, reason, detail, code: 'slot-left' };
    this.#log.error(about, `slot ${slot} is left for slot ${next}`);
  }
}
