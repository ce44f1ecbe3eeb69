import type { BootState, Fallback } from '../../boot-control.ts';
import { BLANK_BOOT, type BootMemory, bootNext, bootState, giveUp, isOnTrial } from './slots.ts';
import type { BoardStorage } from './storage.ts';

/** The boot memory and what is booted; one change at a time, each stored before it counts. */
export class Boot {
  readonly #storage: BoardStorage;
  #memory: BootMemory;
  #booted: string | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(storage: BoardStorage, memory: BootMemory = BLANK_BOOT) {
    this.#storage = storage;
    this.#memory = memory;
  }

  get booted(): string | undefined {
    return this.#booted;
  }

  get state(): BootState {
    return bootState(this.#memory, this.#booted);
  }

  /**
   * Does `before`, applies a transition, stores its result before it becomes true, then does `after`; the next change waits
   * for all of it. Rejects with what the transition or `before` throws, or when storing fails; nothing has changed then.
   */
  change<T>(
    transition: (memory: BootMemory, booted: string | undefined) => BootMemory,
    around: { before?: () => Promise<void>; after?: () => Promise<T> } = {},
  ): Promise<T | undefined> {
    const work = async () => {
      await around.before?.();
      await this.#store(transition(this.#memory, this.#booted));
      return around.after?.();
    };
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {});
    return done;
  }

  /** The boot loader: picks the slot that runs from now on; undefined when none may boot. */
  async load(): Promise<string | undefined> {
    await this.change((memory) => {
      const next = bootNext(memory);
      this.#booted = next.booted;
      return next.memory;
    });
    return this.#booted;
  }

  /**
   * The running slot's program has failed. True when the slot is on trial: the board must boot again, and takes another
   * slot when this one has no attempts left.
   */
  async trialFailed(fallback: Fallback): Promise<boolean> {
    if (!isOnTrial(this.#memory, fallback.slot)) return false;
    await this.change((memory) =>
      (memory.slots[fallback.slot]?.attemptsLeft ?? 0) > 0 ? memory : giveUp(memory, fallback),
    );
    return true;
  }

  async #store(memory: BootMemory): Promise<void> {
    if (memory === this.#memory) return;
    await this.#storage.saveBoot(memory);
    this.#memory = memory;
  }
}
